import { join, resolve } from "node:path";
import { printable, printableJson } from "../../drill/printable.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { Failure } from "../../engine/failure.ts";
import { journalPath } from "../../engine/run.ts";
import { readJournal } from "../../engine/read-journal.ts";
import { readRunLedger } from "../../evidence/run-ledger/append.ts";
import type { RunLedger } from "../../evidence/run-ledger/entry.ts";
import { contradictionsIn } from "../../evidence/run-ledger/contradictions.ts";
import { knownJournals, whyNotExtended } from "../../evidence/run-ledger/extension.ts";
import { populationOf, type RecordedRun } from "../../evidence/run-ledger/population.ts";
import { counted } from "../../reporters/wording.ts";
import { columns } from "../columns.ts";
import type { Io } from "../io.ts";
import { runIds, runsFolder } from "../runs/run-folder.ts";
import { ledgerPath } from "../evidence/run-ledger-lock.ts";

export interface LedgerOptions {
  /** The ledger of this folder when absent. */
  readonly ledger?: string;
  /** A hash of one of its lines that was written down elsewhere. */
  readonly head?: string;
  /** Only runs that began on this day or later, or before the end of that day: `2026-10-01`. */
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  /** Accept no run without a result, none that was not declared, and no run folder that the ledger does not know. */
  readonly complete?: boolean;
}

/** Checks the ledger of all runs by itself and lists every run it knows: the population that samples are taken from. */
export async function ledger(options: LedgerOptions, io: Io): Promise<number> {
  const path = options.ledger === undefined ? ledgerPath(io.cwd) : resolve(io.cwd, options.ledger);
  const read = await readWhole(path, io);
  if (!read) return EXIT_CODES.evidence.code;
  if (options.head !== undefined && !read.hashes.includes(options.head)) {
    io.stderr.write(
      `WRONG ${path}: it holds no line with the hash ${options.head}: it was cut off, or written again\n`,
    );
    return EXIT_CODES.evidence.code;
  }
  const contradictions = [
    ...contradictionsIn(read),
    ...(options.ledger === undefined ? await replacedJournals(read, io) : []),
  ];
  for (const what of contradictions) io.stderr.write(`WRONG ${path}: ${printable(what)}\n`);
  const all = populationOf(read.entries);
  const shown = all.filter(({ began }) => isBetween(began.slice(0, 10), options));
  const gaps = [...gapsIn(shown), ...(options.ledger === undefined ? await unknownFolders(all, io) : [])];
  io.stdout.write(options.json ? asJson(read, shown) : asTable(read, shown));
  for (const gap of gaps) io.stderr.write(`GAP ${printable(gap)}\n`);
  const failed = contradictions.length > 0 || (options.complete === true && gaps.length > 0);
  return failed ? EXIT_CODES.evidence.code : 0;
}

async function readWhole(path: string, io: Io): Promise<RunLedger | undefined> {
  try {
    return await readRunLedger(path);
  } catch (error) {
    if (!(error instanceof Failure) || error.details.code !== "ledger-damaged") throw error;
    io.stderr.write(`WRONG ${printable(error.message)}\n`);
    return undefined;
  }
}

function isBetween(day: string, { from = "", to = "9999" }: LedgerOptions): boolean {
  return day >= from && day <= to;
}

function gapsIn(runs: readonly RecordedRun[]): readonly string[] {
  return runs.flatMap(({ run, outcome, undeclared, unsigned, bundle }) => [
    ...(unsigned ? [`run ${run} has no signed line: whatever they say, it proves nothing`] : []),
    ...(outcome === "incomplete"
      ? [`run ${run} has an intent and no result: it was cut off, or still goes on; next: ${closing(run)}`]
      : []),
    ...(undeclared ? [`run ${run} has a result (${outcome}) and no intent`] : []),
    ...(outcome !== "incomplete" && outcome !== "refused" && bundle === undefined
      ? [`run ${run} has a result (${outcome}) and no bundle; next: gameday bundle ${run}`]
      : []),
  ]);
}

/** A run that has left something is gone on with first: the result of one that was cut off says less. */
function closing(run: string): string {
  return `gameday resume ${run}; where it refuses (of a rehearsal nothing is left to go on with): gameday bundle ${run}`;
}

/** Where the run's folder is here, its journal must extend all that its results were signed for. */
async function replacedJournals(read: RunLedger, io: Io): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const run of await runIds(io.cwd)) {
    const known = knownJournals(read, run);
    if (known.length === 0) continue;
    const journal = await readJournal(journalPath(join(runsFolder(io.cwd), run))).catch(unreadable);
    if (typeof journal === "string") wrong.push(`run ${run}: ${journal}`);
    else
      wrong.push(
        ...known
          .flatMap((earlier) => whyNotExtended(journal, earlier) ?? [])
          .map((why) => `run ${run}: its journal: ${why}`),
      );
  }
  return wrong;
}

/** A journal that is gone or damaged is not what was signed. */
function unreadable(error: unknown): string {
  if (error instanceof Failure) return error.message;
  throw error;
}

/** What lies here and the ledger has never heard of. */
async function unknownFolders(runs: readonly RecordedRun[], io: Io): Promise<readonly string[]> {
  const known = new Set(runs.map(({ run }) => run));
  const folders = await runIds(io.cwd);
  return folders
    .filter((run) => !known.has(run))
    .map((run) => `run ${run} has a folder here and no line in the ledger; next: gameday bundle ${run}`);
}

function asJson({ head, entries }: RunLedger, runs: readonly RecordedRun[]): string {
  return `${printableJson(JSON.stringify({ lines: entries.length, head, runs }, undefined, 2))}\n`;
}

/** One after the other, where a run was resumed: nothing that was signed once is left out. */
function outcomes({ outcome, results, unsigned }: RecordedRun): string {
  const each = results.length > 0 ? results.map((result) => result.outcome) : [outcome];
  const changes = each.filter((one, index) => one !== each[index - 1]);
  return `${changes.join(", then ")}${unsigned ? " (unsigned)" : ""}`;
}

/** Whoever has none of these keys has written none of these lines; whose they are must come from elsewhere. */
export function signers(entries: RunLedger["entries"]): readonly string[] {
  const lines = new Map<string, number>();
  for (const { keyid, sig } of entries)
    if (sig !== undefined && keyid !== undefined) lines.set(keyid, (lines.get(keyid) ?? 0) + 1);
  const unsigned = entries.filter(({ sig }) => sig === undefined).length;
  return [
    ...[...lines].map(([key, count]) => `${counted(count, "line")} signed by key ${key}`),
    ...(unsigned > 0 ? [`${counted(unsigned, "line")} not signed, of an earlier gameday or of anybody`] : []),
  ];
}

function asTable({ head, entries, tornBytes }: RunLedger, runs: readonly RecordedRun[]): string {
  const torn = tornBytes > 0 ? ", and a last one that was cut off while it was written" : "";
  const rows = runs.map((one) => [
    one.run,
    `${one.began.slice(0, 16).replace("T", " ")}Z`,
    one.drill,
    one.evidenceClass,
    outcomes(one),
    one.bundle?.slice(0, 12) ?? "-",
    one.decision ?? "-",
  ]);
  const table = columns([["run", "began", "drill", "evidence", "outcome", "bundle", "review"], ...rows]);
  const lines = [
    `WHOLE ${entries.length} lines${torn}, head ${head}`,
    ...signers(entries),
    ...(rows.length > 0 ? table : ["no run"]),
    `${counted(runs.length, "run")}, ${runs.filter(({ outcome }) => outcome === "incomplete").length} incomplete`,
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}
