import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../../drill/json.ts";
import { Failure } from "../../engine/failure.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { BundleFile } from "./bundle-file.ts";
import { hashFile } from "./manifest.ts";

export const LOCK_FILE = "plan/.terraform.lock.hcl";
export const MANIFESTS = "data/manifests/";

/**
 * What of a run's folder is in its bundle as it is, because the journal names it by its hash: the lines of manifests, Terraform's lock
 * file. @throws Failure `run-folder-incomplete` when lines that the journal names are not there
 */
export async function copiedFiles(record: RunRecord, runFolder: string): Promise<readonly BundleFile[]> {
  const lock = await findLock(runFolder, lockDigests(record));
  const manifests = manifestNames(record).map((name) => ({
    path: `${MANIFESTS}${name}`,
    copyOf: join(runFolder, "manifests", name),
  }));
  for (const { path, copyOf } of manifests) if (!(await holdsNamed(path, copyOf))) throw incomplete(copyOf);
  return [...(lock === undefined ? [] : [{ path: LOCK_FILE, copyOf: lock }]), ...manifests];
}

/** Of Terraform's lock files. */
export function lockDigests({ tools }: RunRecord): ReadonlySet<string> {
  return new Set(tools.flatMap(({ lock }) => lock ?? []));
}

/** Where steps have kept the lines of their manifests, sorted: `<first 32 hex digits of the lines' SHA-256>.txt`. */
export function manifestNames({ steps }: RunRecord): readonly string[] {
  const names = steps.flatMap(({ outputs }) => namesIn(outputs));
  return [...new Set(names)].sort();
}

/** A manifest, as steps hand it on, has a root and says where its lines are. */
function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isRecord(value)) return [];
  const { root, lines } = value;
  const name = typeof lines === "string" ? /^manifests\/([0-9a-f]{32}\.txt)$/.exec(lines)?.[1] : undefined;
  const own = typeof root === "string" && name !== undefined ? [name] : [];
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

const LOCK_NAME = ".terraform.lock.hcl";
const DEEPEST = 4;

/** The first lock file below the run's folder that the journal names; the sandbox's disks and an earlier bundle are not looked at. */
async function findLock(folder: string, digests: ReadonlySet<string>, depth = 0): Promise<string | undefined> {
  if (digests.size === 0) return undefined;
  const entries = (await readdir(folder, { withFileTypes: true }).catch(() => [])).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const here = join(folder, LOCK_NAME);
  const known = entries.some((entry) => entry.isFile() && entry.name === LOCK_NAME);
  if (known && digests.has(await hashFile(here))) return here;
  for (const entry of entries) {
    const skipped = depth === DEEPEST || !entry.isDirectory() || /^(sandbox|bundle.*|\.terraform)$/.test(entry.name);
    const found = skipped ? undefined : await findLock(join(folder, entry.name), digests, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A link could lead to any file of whoever writes the bundle: what is copied is what its name says. */
async function holdsNamed(path: string, copyOf: string): Promise<boolean> {
  const found = await lstat(copyOf).catch(() => undefined);
  return (found?.isFile() ?? false) && path.startsWith(`${MANIFESTS}${(await hashFile(copyOf)).slice(0, 32)}`);
}

function incomplete(path: string): Failure {
  return new Failure({
    code: "run-folder-incomplete",
    message: `${path} is not there as the journal names it: the evidence would have a hole`,
    fixer: "operator",
    next: "put the run's whole folder back, with its manifests, then gameday bundle again",
  });
}
