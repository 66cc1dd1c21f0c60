import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { concludeRun } from "../evidence/bundle-reporter.ts";
import type { Io } from "../io.ts";
import { readRun } from "../runs/read-run.ts";
import { bundlePath, findRunFolder } from "../runs/run-folder.ts";

export interface BundleOptions {
  /** A run id, the beginning of one, or `latest`. */
  readonly run: string;
  /** A folder that is not there yet; in the run's folder when absent. */
  readonly output?: string;
  readonly key?: string;
}

/** Writes the evidence bundle of a run from its folder alone: of one that was cut off, or to another place. */
export async function bundle(options: BundleOptions, io: Io): Promise<number> {
  const run = await findRunFolder(io.cwd, options.run);
  const output = options.output === undefined ? bundlePath(run) : resolve(io.cwd, options.output);
  await refuseExisting(output);
  const { record } = await readRun(run.path);
  const written = await concludeRun({ io, run, record, output, key: options.key });
  io.stdout.write(`${relative(io.cwd, written.path)}\nmanifest sha256 ${written.digest}\n`);
  return 0;
}

async function refuseExisting(output: string): Promise<void> {
  const there = await stat(output).catch(() => undefined);
  if (!there) return;
  throw new Failure({
    code: "bundle-exists",
    message: `${output} is there already, and a bundle never changes`,
    fixer: "operator",
    next: `gameday verify ${output}, or name another folder with --output`,
  });
}
