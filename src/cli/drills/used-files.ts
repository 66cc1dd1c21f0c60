import { readdir, realpath, stat } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import { PHASES, stepsOf, type Drill } from "../../drill/drill.ts";
import type { DrillFile } from "../../engine/facts.ts";
import type { StepKind } from "../../engine/step-kind.ts";
import { hashFile } from "../../evidence/bundle/manifest.ts";
import { secretInFile } from "../../evidence/redaction/scan-file.ts";
import { LEFT_OUT } from "../../terraform/working-copy.ts";

/** A run's first event is one line: a folder with more files than this is no configuration. */
const MOST_FILES = 1_000;
/** Files that are there to hold secrets: the hash of a short one could be guessed. */
const SECRET_FILE = /(^|\/)(\.env(\..*)?|.*\.(pem|key|p12|pfx|jks))$/i;

/**
 * Terraform's configuration and the programs that a drill's steps use, in the drill's folder, each with its hash: a policy that is
 * tested is in there, and not in the drill file. Sorted by path. States and what Terraform keeps for itself are left out.
 */
export async function usedFiles<S>(
  drill: Drill,
  stepKinds: ReadonlyMap<string, StepKind<S>>,
): Promise<readonly DrillFile[]> {
  const steps = PHASES.flatMap((phase) => stepsOf(drill.phases[phase]));
  const named = steps.flatMap((step) => stepKinds.get(step.uses)?.files?.(step.with) ?? []);
  const root = await realpath(drill.source.folder).catch(() => undefined);
  if (root === undefined || named.length === 0) return [];
  const paths = new Set<string>();
  for (const path of new Set(named)) await collect(root, path, paths);
  paths.delete(
    posix.normalize(
      drill.source.path
        .slice(drill.source.folder.length + 1)
        .split(sep)
        .join("/"),
    ),
  );
  return Promise.all([...paths].sort().map((path) => hashed(root, path)));
}

/** Links are followed inside of the drill's folder only, as steps do; what is not there, or cannot be read, is for the step to tell. */
async function collect(root: string, path: string, paths: Set<string>, trail: readonly string[] = []): Promise<void> {
  if (paths.size >= MOST_FILES) return;
  const real = await realpath(join(root, path)).catch(() => undefined);
  if (real === undefined || (real !== root && !real.startsWith(root + sep))) return;
  const info = await stat(real).catch(() => undefined);
  if (info?.isFile()) paths.add(posix.normalize(path));
  // A link back to a folder that it is in has no end.
  if (!info?.isDirectory() || trail.includes(real)) return;
  for (const name of (await readdir(real).catch(() => [])).sort())
    if (!LEFT_OUT.test(name)) await collect(root, posix.join(path, name), paths, [...trail, real]);
}

async function hashed(root: string, path: string): Promise<DrillFile> {
  const file = join(root, path);
  try {
    if (SECRET_FILE.test(path) || (await secretInFile(file))) return { path };
    return { path, sha256: await hashFile(file) };
  } catch {
    return { path };
  }
}
