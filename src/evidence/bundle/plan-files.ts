import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunRecord } from "../../engine/record.ts";
import { sha256 } from "../attestation/result.ts";
import { json, type BundleFile } from "./bundle-file.ts";

/** What was planned, and with which versions it was carried out. */
export async function planFiles(record: RunRecord, runFolder: string): Promise<readonly BundleFile[]> {
  const { run, tools } = record;
  const lock = await findTerraformLock(runFolder);
  return [
    { path: "plan/drill.yaml", content: drillText(run.drill) },
    { path: "plan/drill.resolved.json", content: json(resolved(record)) },
    {
      path: "plan/versions.json",
      content: json({ ...run.versions, tools: tools.map(({ type: _type, ...tool }) => tool) }),
    },
    ...(lock === undefined ? [] : [{ path: "plan/.terraform.lock.hcl", copyOf: lock }]),
  ];
}

/** The file as it was hashed: a byte order mark is not part of its text. */
function drillText({ text, sha256: digest }: RunRecord["run"]["drill"]): string {
  const marked = `\uFEFF${text}`;
  return sha256(marked) === digest ? marked : text;
}

function resolved({ run, steps, identity }: RunRecord): object {
  const inputs = new Map(steps.map(({ instance, step, input }) => [instance, { step, input }]));
  return {
    drill: run.drill.name,
    objectives: run.objectives,
    regions: run.regions,
    controls: run.controls,
    account: identity?.account ?? null,
    steps: run.steps,
    // As they were when each instance began; an instance that never began has none.
    inputs: Object.fromEntries(inputs),
  };
}

const LOCK_NAME = ".terraform.lock.hcl";
const DEEPEST = 4;

/** The first lock file below the run's folder; the sandbox's disks and an earlier bundle are not looked at. */
async function findTerraformLock(folder: string, depth = 0): Promise<string | undefined> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(() => [])).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  if (entries.some((entry) => entry.isFile() && entry.name === LOCK_NAME)) return join(folder, LOCK_NAME);
  for (const entry of entries) {
    const skipped = depth === DEEPEST || !entry.isDirectory() || /^(sandbox|bundle.*|\.terraform)$/.test(entry.name);
    const found = skipped ? undefined : await findTerraformLock(join(folder, entry.name), depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
