import { rename, stat } from "node:fs/promises";
import { relative } from "node:path";
import { journalPath } from "../../engine/run.ts";
import { readJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { evidenceClassOf } from "../../evidence/attestation/evidence-class.ts";
import { bundleRun, type WrittenBundle } from "../../evidence/bundle/bundle-run.ts";
import { appendEntry, type NewEntry } from "../../evidence/run-ledger/append.ts";
import { verdictOf } from "../../evidence/verdict.ts";
import type { Reporter } from "../../reporters/reporter.ts";
import { renderedFiles } from "./bundle-contents.ts";
import type { Io } from "../io.ts";
import { bundlePath, type RunFolder } from "../runs/run-folder.ts";
import { ledgerPath, withRunLedger } from "./run-ledger-lock.ts";
import { openRunSigner } from "./run-signer.ts";

export interface BundleReporterOptions {
  readonly io: Io;
  readonly run: RunFolder;
  /** Where the line that names the bundle goes. */
  readonly stream: NodeJS.WritableStream;
  readonly key?: string | undefined;
}

export interface BundleReporters {
  /** False until the bundle and its line in the ledger of runs are on disk. */
  written(): boolean;
  /** Writes the run's evidence bundle, and its result into the ledger of runs. */
  readonly write: Reporter;
  /** Tells where it is. */
  readonly tell: Reporter;
}

/** Two, so that reports can say what they know of the bundle, and the bundle is the last thing that a person reads of. */
export function bundleReporters(of: BundleReporterOptions): BundleReporters {
  let written: WrittenBundle | undefined;
  return {
    written: () => written !== undefined,
    write: {
      name: "bundle",
      finish: async (record) => {
        const output = bundlePath(of.run);
        await keepEarlier(output);
        written = await concludeRun({ ...of, record, output });
      },
    },
    tell: {
      name: "bundle's place",
      finish: async () => {
        if (written) of.stream.write(`bundle: ${relative(of.io.cwd, written.path)}\n`);
      },
    },
  };
}

export interface Conclusion {
  readonly io: Io;
  readonly run: RunFolder;
  readonly record: RunRecord;
  readonly output: string;
  readonly key?: string | undefined;
}

/** The ledger learns how the run ended even when its bundle cannot be written. */
export async function concludeRun(of: Conclusion): Promise<WrittenBundle> {
  let bundle: WrittenBundle | undefined;
  let keyid: string | undefined;
  try {
    const signer = await openRunSigner(of.key, of.run, of.io);
    keyid = signer.key.keyId;
    const journal = (await readJournal(journalPath(of.run.path))).tail;
    const { record, output, run } = of;
    const rendered = await renderedFiles({ cwd: of.io.cwd, run, record, journal, key: signer.key });
    bundle = await bundleRun({ record, journal, runFolder: run.path, output, signer, rendered });
    return bundle;
  } finally {
    const signed = bundle && keyid !== undefined ? { bundle: bundle.digest, statement: bundle.statement, keyid } : {};
    const entry = { ...entryOf(of.record), ...signed };
    await withRunLedger({ cwd: of.io.cwd, runId: of.run.runId }, () => appendEntry(ledgerPath(of.io.cwd), () => entry));
  }
}

function entryOf(record: RunRecord): NewEntry {
  return {
    at: record.lastAt.at,
    type: "result",
    run: record.run.runId,
    drill: record.run.drill.name,
    evidenceClass: evidenceClassOf(record),
    outcome: verdictOf(record).outcome,
  };
}

/** A run that was resumed after its end has a second bundle; the first one, maybe reviewed already, stays beside it. */
async function keepEarlier(path: string): Promise<void> {
  for (let number = 1; await exists(path); number++) {
    const kept = `${path}.superseded-${number}`;
    if (!(await exists(kept))) await rename(path, kept);
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
