import { rename, stat } from "node:fs/promises";
import { relative } from "node:path";
import { journalPath } from "../../engine/run.ts";
import { readJournal, type ReadJournal } from "../../engine/read-journal.ts";
import { Failure } from "../../engine/failure.ts";
import type { RunRecord } from "../../engine/record.ts";
import { evidenceClassOf } from "../../evidence/attestation/evidence-class.ts";
import { bundleRun, type WrittenBundle } from "../../evidence/bundle/bundle-run.ts";
import { appendEntry, readRunLedger, type NewEntry } from "../../evidence/run-ledger/append.ts";
import { knownJournals, whyNotExtended } from "../../evidence/run-ledger/extension.ts";
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
        written = await concludeRun({ ...of, record, output: bundlePath(of.run), supersedes: true });
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
  /** A bundle that is there already stays beside the new one, under another name. */
  readonly supersedes?: boolean;
  readonly key?: string | undefined;
}

/**
 * Writes bundle and result. The ledger learns how the run ended even when its bundle cannot be written; nothing at all is signed for
 * a journal that does not extend what the ledger knows of it. @throws Failure `record-replaced`, `ledger-damaged`
 */
export async function concludeRun(of: Conclusion): Promise<WrittenBundle> {
  const { io, run, record, output } = of;
  const signer = await openRunSigner(of.key, run, io);
  const journal = await readJournal(journalPath(run.path));
  await refuseReplaced(io, run, journal);
  let bundle: WrittenBundle | undefined;
  try {
    if (of.supersedes) await keepEarlier(output);
    const rendered = await renderedFiles({ cwd: io.cwd, run, record, journal: journal.tail, key: signer.key });
    bundle = await bundleRun({ record, journal: journal.tail, runFolder: run.path, output, signer, rendered });
    return bundle;
  } finally {
    const { tail } = journal;
    const signed = bundle ? { bundle: bundle.digest, statement: bundle.statement } : {};
    const entry = { ...entryOf(record), ...signed, journal: { head: tail.prev, events: tail.seq } };
    await withRunLedger({ cwd: io.cwd, runId: run.runId }, async () => {
      await refuseReplaced(io, run, journal);
      await appendEntry(ledgerPath(io.cwd), signer, () => entry);
    });
  }
}

/** A record extends, and never replaces: what an earlier result was signed for is still the beginning of it. */
async function refuseReplaced(io: Io, { runId, path }: RunFolder, journal: ReadJournal): Promise<void> {
  const known = knownJournals(await readRunLedger(ledgerPath(io.cwd)), runId);
  const [why] = known.flatMap((earlier) => whyNotExtended(journal, earlier) ?? []);
  if (why === undefined) return;
  throw new Failure({
    code: "record-replaced",
    message: `the journal of run ${runId} is not the one that its result in the ledger was signed for: ${why}`,
    fixer: "operator",
    next: `restore ${journalPath(path)} from a copy; as it is, nothing is signed for it`,
  });
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
