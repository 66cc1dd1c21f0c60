import { EXIT_CODES } from "../../engine/exit-code.ts";
import { Failure } from "../../engine/failure.ts";
import { remaining } from "../../engine/ledger.ts";
import { findLeftovers, type Found, type Search } from "../cleanup/find-leftovers.ts";
import { openHands } from "../cleanup/hands.ts";
import { judgeLeftovers } from "../cleanup/judge-leftovers.ts";
import { knownRuns, namedRuns, type KnownRun } from "../cleanup/known-runs.ts";
import type { Leftover } from "../cleanup/leftover.ts";
import { removeLeftovers } from "../cleanup/remove.ts";
import { leftoverTable } from "../cleanup/table.ts";
import type { Io } from "../io.ts";
import { plural } from "../drills/open-drill.ts";

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
  const known = await knownRuns(io, options.profile);
  const named = namedRuns(options.runs, known);
  const regions = regionsOf(options, known, named);
  const [region] = regions;
  if (region === undefined) throw nowhere();
  const hands = await openHands({ io, profile: options.profile, accounts: accountsOf(options, known), region });
  try {
    tellOtherAccounts(io, known, hands.account);
    const search = { io, hands, known: known.filter((run) => isOf(run, hands.account)), named, regions };
    return await carryOut(search, options);
  } finally {
    await hands.connection.close();
  }
}

async function carryOut(search: Search, options: CleanupOptions): Promise<number> {
  const found = await findLeftovers(search);
  const leftovers = await judgeLeftovers(search, found.leftovers);
  if (options.yes) return remove(search, { ...found, leftovers }, options);
  return list(search.io, { ...found, leftovers });
}

function list(io: Io, { leftovers, unseen }: Found): number {
  show(
    io,
    leftovers.map((leftover) => [leftover, leftover.stays ? `stays: ${leftover.stays.why}` : "would be deleted"]),
  );
  tellUnseen(io, unseen);
  const count = leftovers.filter(({ stays }) => !stays).length;
  if (count > 0) io.stdout.write(`${plural(count, "resource")} would be deleted by --yes\n`);
  return count > 0 || remains(leftovers, unseen) ? EXIT_CODES.leftovers.code : EXIT_CODES.passed.code;
}

async function remove(search: Search, { leftovers, unseen }: Found, options: CleanupOptions): Promise<number> {
  const removals = await removeLeftovers({ ...search, profile: options.profile }, leftovers);
  const stay = leftovers.filter(({ stays }) => stays !== undefined);
  show(search.io, [
    ...removals.map(({ leftover, failure }): Row => [
      leftover,
      failure === undefined ? "deleted" : `REMAINS: ${failure}`,
    ]),
    ...stay.map((leftover): Row => [leftover, `stays: ${leftover.stays?.why}`]),
  ]);
  tellUnseen(search.io, unseen);
  const failed = removals.filter(({ failure }) => failure !== undefined).length;
  const deleted = removals.length - failed;
  if (removals.length > 0) search.io.stdout.write(`${plural(deleted, "resource")} deleted, ${failed} not\n`);
  return failed > 0 || remains(leftovers, unseen) ? EXIT_CODES.leftovers.code : EXIT_CODES.passed.code;
}

type Row = readonly [leftover: Leftover, what: string];

function show(io: Io, rows: readonly Row[]): void {
  io.stdout.write(rows.length > 0 ? leftoverTable(rows) : "nothing is left\n");
}

function tellUnseen(io: Io, unseen: readonly string[]): void {
  for (const what of unseen) io.stderr.write(`gameday: no look for ${what}\n`);
}

/** What could not be looked for may be there. */
function remains(leftovers: readonly Leftover[], unseen: readonly string[]): boolean {
  return unseen.length > 0 || leftovers.some(({ stays }) => stays?.remains);
}

function regionsOf(options: CleanupOptions, known: readonly KnownRun[], named: ReadonlySet<string>): readonly string[] {
  const wanted = known.filter(({ folder }) => named.size === 0 || named.has(folder.runId));
  const ofRuns = wanted.flatMap(({ record }) => [record.run.regions.primary, record.run.regions.dr]);
  return [...new Set([...(options.region ?? []), ...ofRuns])];
}

function accountsOf({ account }: CleanupOptions, known: readonly KnownRun[]): ReadonlySet<string> {
  if (account !== undefined) return new Set([account]);
  return new Set(known.flatMap(({ record }) => record.identity?.account ?? []));
}

/** A run that never got past its guard has made nothing. */
function isOf({ record }: KnownRun, account: string): boolean {
  return record.identity?.account === account;
}

function tellOtherAccounts(io: Io, known: readonly KnownRun[], account: string): void {
  for (const { folder, record } of known) {
    const other = record.identity?.account;
    if (other === undefined || other === account || remaining(record.ledger).length === 0) continue;
    io.stderr.write(
      `gameday: run ${folder.runId} is left out: it was made in account ${other}, and this is ${account}\n`,
    );
  }
}

function nowhere(): Failure {
  return new Failure({
    code: "nowhere-to-look",
    message: "no run folder here tells of a Region to look in",
    fixer: "operator",
    next: "name the Regions: gameday cleanup --region us-east-1 us-west-2 --account 111122223333",
  });
}
