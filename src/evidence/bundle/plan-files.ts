import type { RunRecord } from "../../engine/record.ts";
import { sha256 } from "../attestation/result.ts";
import { json, type BundleFile } from "./bundle-file.ts";

/** What was planned, and with which versions it was carried out. */
export function planFiles(record: RunRecord): readonly BundleFile[] {
  const { run } = record;
  const tools = record.tools.map(({ tool, version, from, lock }) => ({ tool, version, from, lock }));
  return [
    { path: "plan/drill.yaml", content: drillText(run.drill) },
    { path: "plan/drill.resolved.json", content: json(resolved(record)) },
    ...(run.files ? [{ path: "plan/files.json", content: json({ files: run.files }) }] : []),
    { path: "plan/versions.json", content: json({ ...run.versions, tools }) },
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
