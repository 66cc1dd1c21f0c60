import { hostname } from "node:os";
import { decodeTime } from "ulid";
import { DEADLINE_TAG } from "../../engine/tags.ts";
import { formatDuration } from "../../time/duration.ts";
import { isoInstant } from "../../time/clock.ts";
import { RESOURCE_KINDS } from "../../resources/all.ts";
import { whyCopyStays } from "../../resources/dr-copy.ts";
import { aliveRuns, type AliveRun } from "../runs/run-lock.ts";
import { becauseNotDeclaredHere } from "./declared-here.ts";
import type { Search } from "./find-leftovers.ts";
import type { KnownRun } from "./known-runs.ts";
import type { Leftover, Stay } from "./leftover.ts";

/** A run of which nothing tells how long it may go on elsewhere: as long as a drill's `maxDuration` is by default. */
const MAY_BE_ALIVE_MS = 24 * 60 * 60_000;
/** How far apart two clocks can be: AWS takes no request of one that is more than 5 minutes off (Signature Version 4). */
const CLOCKS_APART_MS = 10 * 60_000;

/** Each with why it must stay, if so: a live run's, kept on purpose, or the newest copy of a source that no run made. */
export async function judgeLeftovers(search: Search, leftovers: readonly Leftover[]): Promise<readonly Leftover[]> {
  const alive = await aliveRuns(search.io.cwd);
  const judged: Leftover[] = [];
  for (const leftover of leftovers) {
    if (await isGoneByNow(leftover, search)) continue;
    const stays =
      becauseAlive(leftover, alive) ??
      becauseKept(leftover, search) ??
      becauseUnknown(leftover, leftovers, search) ??
      becauseUncertain(leftover) ??
      (await becauseNotDeclaredHere(leftover, search)) ??
      (await becauseNewestCopy(leftover, leftovers, search));
    judged.push(stays ? { ...leftover, stays } : leftover);
  }
  return judged;
}

function becauseAlive({ runId }: Leftover, alive: ReadonlyMap<string, AliveRun>): Stay | undefined {
  const owner = alive.get(runId);
  if (!owner) return undefined;
  const { pid, host, seen, lock } = owner;
  if (seen) return { why: `its run is going on: process ${pid} on ${host}`, remains: false };
  const why = `nobody can know from here whether its run is going on: process ${pid} on ${host}. If ${host} is gone for good: rm -r ${lock}`;
  return { why, remains: true };
}

/** Who names a run means it. */
function becauseKept({ expires, runId }: Leftover, { hands, named }: Search): Stay | undefined {
  if (expires === undefined || named.has(runId)) return undefined;
  if (!(Date.parse(expires) > hands.connection.clock.now())) return undefined;
  return { why: `kept on purpose; sooner: gameday cleanup ${runId} --yes`, remains: false };
}

function becauseUnknown(
  { runId, entry }: Leftover,
  all: readonly Leftover[],
  { hands, known, named }: Search,
): Stay | undefined {
  const here = known.find(({ folder }) => folder.runId === runId);
  if (named.has(runId) || (here && !mayGoOnElsewhere(here))) return undefined;
  const now = hands.connection.clock.now();
  const deadline = deadlineOf(runId, all);
  if (now > (deadline === undefined ? decodeTime(runId) + MAY_BE_ALIVE_MS : deadline + CLOCKS_APART_MS))
    return undefined;
  const began = formatDuration(Math.max(0, now - decodeTime(runId)));
  const until = deadline === undefined ? "" : ` until ${isoInstant(deadline)}`;
  return {
    why: `its run began ${began} ago and may go on elsewhere${until}; if not: gameday cleanup ${runId} --region ${entry.region} --yes`,
    remains: true,
  };
}

/** A folder that was copied while its run goes on: the lock stayed where the run is. */
function mayGoOnElsewhere({ journal, record }: KnownRun): boolean {
  const hosts = journal.events.flatMap((event) =>
    event.type === "run-started" || event.type === "run-resumed" ? [event.process.host] : [],
  );
  return record.finished === undefined && hosts.at(-1) !== hostname();
}

/** The latest of what its resources carry, in epoch milliseconds: a resumed run has a later one than what was made before. */
function deadlineOf(runId: string, all: readonly Leftover[]): number | undefined {
  const told = all.flatMap((one) => {
    const deadline = one.deadline ?? one.entry.tags[DEADLINE_TAG];
    return one.runId === runId && deadline !== undefined ? [Date.parse(deadline)] : [];
  });
  const instants = told.filter((instant) => !Number.isNaN(instant));
  return instants.length > 0 ? Math.max(...instants) : undefined;
}

/** Only people can tell whose it is: the ledger goes on listing it, also when they have deleted it. */
async function isGoneByNow({ entry, runId }: Leftover, { hands }: Search): Promise<boolean> {
  const kind = RESOURCE_KINDS.get(entry.kind);
  if (entry.uncertain === undefined || entry.id === undefined || !kind) return false;
  return kind.isGone({ ...entry, id: entry.id }, hands.services(entry.region, runId)).catch(() => false);
}

function becauseUncertain({ entry }: Leftover): Stay | undefined {
  return entry.uncertain === undefined ? undefined : { why: entry.uncertain, remains: true };
}

async function becauseNewestCopy(
  { entry }: Leftover,
  all: readonly Leftover[],
  { hands, known, regions }: Search,
): Promise<Stay | undefined> {
  const { id: snapshotId, region } = entry;
  // What a policy of the run has made is of a source that it has made, too.
  if (entry.kind !== "ec2.snapshot" || snapshotId === undefined || entry.madeBy) return undefined;
  const made = (id: string) =>
    all.some((other) => other.entry.id === id) ||
    known.some(({ record }) => record.ledger.some((one) => one.id === id));
  const services = hands.services(region, "");
  const why = await whyCopyStays({ region, snapshotId, regions, madeByRun: made }, services);
  return why === undefined ? undefined : { why, remains: true };
}
