import { printable } from "../../drill/printable.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { Failure } from "../../engine/failure.ts";
import { remaining } from "../../engine/ledger.ts";
import { openAccounts } from "../cleanup/accounts.ts";
import { findLeftovers, type Found, type Search } from "../cleanup/find-leftovers.ts";
import type { Hands } from "../cleanup/hands.ts";
import { judgeLeftovers } from "../cleanup/judge-leftovers.ts";
import { knownRuns, namedRuns, type KnownRun } from "../cleanup/known-runs.ts";
import type { Leftover } from "../cleanup/leftover.ts";
import { removeLeftovers } from "../cleanup/remove.ts";
import { leftoverTable } from "../cleanup/table.ts";
import type { Io } from "../io.ts";
import { plural } from "../drills/open-drill.ts";
import { giveBack } from "../give-back.ts";
import { onSignals, type SignalActions } from "../signals.ts";

export interface CleanupOptions {
  /** Run ids, or beginnings of ids of runs whose folders are here; all runs when none is named. */
  readonly runs: readonly string[];
  readonly yes?: boolean;
  /** Where to look for run tags besides the Regions of the runs here. */
  readonly region?: readonly string[];
  readonly account?: string;
  readonly profile?: string;
}

/**
 * Lists what runs that are over have left, from their ledgers and by run tag; with `--yes` deletes it. Only what carries a run's tag
 * or stands in a ledger, only in a confirmed account, and never a live run's.
 */
export async function cleanup(options: CleanupOptions, io: Io): Promise<number> {
  const { known, leftOut } = await knownRuns(io, options.profile);
  const named = namedRuns(options.runs, known);
  const isWanted = (runId: string) => named.size === 0 || named.has(runId);
  const wanted = known.filter(({ folder }) => isWanted(folder.runId));
  const regions = regionsOf(options, wanted);
  const [region] = regions;
  if (region === undefined) throw nowhere();
  const { hands, unseen } = await openAccounts({ ...options, io, known: wanted, region });
  const stopping = new AbortController();
  const release = options.yes ? onSignals(stopOn(io, stopping)) : () => undefined;
  try {
    const blind = [...leftOut]
      .filter(([runId]) => isWanted(runId))
      .map(([runId, why]) => `what run ${runId} has left: ${why}`);
    const results: Result[] = [{ ...NOTHING, unseen: [...blind, ...unseen, ...elsewhere(wanted, hands)] }];
    for (const own of hands) {
      const search = { io, hands: own, known: known.filter((run) => isOf(run, own.account)), named, regions };
      results.push(await (options.yes ? remove(search, { ...options, stop: stopping.signal }) : list(search)));
    }
    return tell(io, results, options);
  } finally {
    release();
    for (const { connection } of hands)
      await giveBack(io, "the connection could not be closed", () => connection.close());
  }
}

interface Stopping {
  readonly stop: AbortSignal;
}

/** The first interrupt stops the deleting and lists what is left, the second leaves at once. */
function stopOn(io: Io, stopping: AbortController): SignalActions {
  return {
    first: (signal) => {
      io.stderr.write("gameday: stopping; what is left will be listed. Once more to leave at once.\n");
      stopping.abort(interrupted(signal));
    },
    again: () => ({ words: "gameday: left at once\n  next: gameday cleanup\n" }),
  };
}

function interrupted(signal: string): Failure {
  return new Failure({
    code: "interrupted",
    message: `cleanup was interrupted (${signal})`,
    fixer: "operator",
    next: "gameday cleanup --yes",
    retryable: false,
  });
}

/** What was found in one account, and what became of it. */
interface Result {
  readonly rows: readonly Row[];
  readonly deleted: number;
  /** Found, and neither deleted nor to stay. */
  readonly left: number;
  readonly unseen: readonly string[];
  /** Something stays that nobody takes care of. */
  readonly remains: boolean;
}

type Row = readonly [leftover: Leftover, what: string];

const NOTHING: Result = { rows: [], deleted: 0, left: 0, unseen: [], remains: false };

async function list(search: Search): Promise<Result> {
  const { leftovers, unseen } = await look(search);
  const rows = leftovers.map((leftover): Row => [
    leftover,
    leftover.stays ? `stays: ${leftover.stays.why}` : "would be deleted",
  ]);
  const left = leftovers.filter(({ stays }) => !stays).length;
  return { ...NOTHING, rows, left, unseen, remains: leftovers.some(({ stays }) => stays?.remains) };
}

async function remove(search: Search, { profile, stop }: CleanupOptions & Stopping): Promise<Result> {
  const { leftovers, unseen } = await look(search);
  const removals = await removeLeftovers({ ...search, profile, stop }, leftovers);
  const stay = leftovers.flatMap((leftover): Row[] =>
    leftover.stays ? [[leftover, `stays: ${leftover.stays.why}`]] : [],
  );
  const tried = removals.map(({ leftover, failure }): Row => [
    leftover,
    failure === undefined ? "deleted" : `REMAINS: ${failure}`,
  ]);
  const left = removals.filter(({ failure }) => failure !== undefined).length;
  return {
    rows: [...tried, ...stay],
    deleted: removals.length - left,
    left,
    unseen,
    remains: leftovers.some(({ stays }) => stays?.remains),
  };
}

async function look(search: Search): Promise<Found> {
  const { leftovers, unseen } = await findLeftovers(search);
  return { leftovers: await judgeLeftovers(search, leftovers), unseen };
}

/** What could not be looked for may be there. */
function tell(io: Io, results: readonly Result[], { yes }: CleanupOptions): number {
  const rows = results.flatMap((result) => result.rows);
  const unseen = results.flatMap((result) => result.unseen);
  if (rows.length > 0) io.stdout.write(leftoverTable(rows));
  else
    io.stdout.write(unseen.length > 0 ? "nothing was found, but not everything was looked for\n" : "nothing is left\n");
  for (const what of unseen) io.stderr.write(`gameday: no look for ${printable(what)}\n`);
  const deleted = sum(results.map((result) => result.deleted));
  const left = sum(results.map((result) => result.left));
  if (yes && deleted + left > 0) io.stdout.write(`${plural(deleted, "resource")} deleted, ${left} not\n`);
  if (!yes && left > 0) io.stdout.write(`${plural(left, "resource")} would be deleted by --yes\n`);
  const clean = left === 0 && unseen.length === 0 && !results.some(({ remains }) => remains);
  return clean ? EXIT_CODES.passed.code : EXIT_CODES.leftovers.code;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function regionsOf(options: CleanupOptions, wanted: readonly KnownRun[]): readonly string[] {
  const ofRuns = wanted.flatMap(({ record }) => [record.run.regions.primary, record.run.regions.dr]);
  return [...new Set([...(options.region ?? []), ...ofRuns])];
}

/** A run that never got past its guard has made nothing. */
function isOf({ record }: KnownRun, account: string): boolean {
  return record.identity?.account === account;
}

/** What runs have left in accounts that nobody could look in. */
function elsewhere(wanted: readonly KnownRun[], hands: readonly Hands[]): readonly string[] {
  const accounts = hands.map(({ account }) => account);
  return wanted.flatMap(({ folder, record }) => {
    const other = record.identity?.account;
    if (other === undefined || accounts.includes(other) || remaining(record.ledger).length === 0) return [];
    return [`what run ${folder.runId} has left: it was made in account ${other}, and this is ${accounts.join(", ")}`];
  });
}

function nowhere(): Failure {
  return new Failure({
    code: "nowhere-to-look",
    message: "no run folder here tells of a Region to look in",
    fixer: "operator",
    next: "name the Regions: gameday cleanup --region us-east-1 us-west-2 --account 111122223333",
  });
}
