import { stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { sha256 } from "../../evidence/attestation/result.ts";
import { MANIFEST } from "../../evidence/bundle/bundle-file.ts";
import { readRunLedger } from "../../evidence/run-ledger/append.ts";
import { concludeRun } from "../evidence/bundle-reporter.ts";
import { ledgerPath } from "../evidence/run-ledger-lock.ts";
import type { Io } from "../io.ts";
import { readRun } from "../runs/read-run.ts";
import { bundlePath, findRunFolder } from "../runs/run-folder.ts";
import { holdRun } from "../runs/run-lock.ts";
import { readRegularText } from "../../engine/regular-file.ts";

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
  const release = await holdRun(io.cwd, run.runId);
  try {
    const output = options.output === undefined ? bundlePath(run) : resolve(io.cwd, options.output);
    const supersedes = options.output === undefined && (await isUnrecorded(output, io));
    if (!supersedes) await refuseExisting(output);
    const { record } = await readRun(run.path);
    const written = await concludeRun({ io, run, record, output, supersedes, key: options.key });
    io.stdout.write(`${relative(io.cwd, written.path)}\nmanifest sha256 ${written.digest}\n`);
    return 0;
  } finally {
    await release();
  }
}

/** The process was ended after the bundle was there and before the ledger knew of it: nobody can have relied on it. */
async function isUnrecorded(folder: string, io: Io): Promise<boolean> {
  const manifest = await readRegularText(join(folder, MANIFEST)).catch(() => undefined);
  if (manifest === undefined) return false;
  const digest = sha256(manifest);
  const { entries } = await readRunLedger(ledgerPath(io.cwd));
  return !entries.some((entry) => entry.bundle === digest);
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
