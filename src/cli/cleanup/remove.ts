import { hostname } from "node:os";
import type { AwsConnection } from "../../aws/connection.ts";
import { connect } from "../../aws/connection.ts";
import type { Drill } from "../../drill/drill.ts";
import { cleanUpRun } from "../../engine/clean-up.ts";
import { Failure, toFailureRecord } from "../../engine/failure.ts";
import type { LedgerEntry } from "../../engine/resource-kind.ts";
import { remaining } from "../../engine/ledger.ts";
import { cutTornLine } from "../../engine/read-journal.ts";
import { journalPath } from "../../engine/run.ts";
import { judge } from "../../evidence/verdict.ts";
import { RESOURCE_KINDS } from "../../resources/all.ts";
import type { TerraformSettings } from "../../terraform/settings.ts";
import { systemClock } from "../../time/system-clock.ts";
import { connectionOptions } from "../aws/connection-options.ts";
import { placeOfRun } from "../aws/place-of-run.ts";
import type { Io } from "../io.ts";
import { discover } from "../terraform/needs-terraform.ts";
import { giveBack } from "../give-back.ts";
import { readRun } from "../runs/read-run.ts";
import { holdRun, takeRunLock } from "../runs/run-lock.ts";
import { GAMEDAY_VERSION } from "../version.ts";
import { confirmAccount, servicesFor, servicesOf, type Hands } from "./hands.ts";
import type { KnownRun } from "./known-runs.ts";
import { placeOf, type Leftover } from "./leftover.ts";
import type { Removal } from "./removal.ts";
import { removeTagged } from "./remove-tagged.ts";
import { recordedDrill } from "./recorded-drill.ts";

export interface RemovalRequest {
  readonly io: Io;
  readonly hands: Hands;
  readonly known: readonly KnownRun[];
  readonly profile?: string | undefined;
  /** Ends it: what is not gone by then remains. */
  readonly stop?: AbortSignal | undefined;
}

/** Deletes what may go. Of a run whose folder is here, what happens is journaled in its own journal. */
export async function removeLeftovers(
  request: RemovalRequest,
  leftovers: readonly Leftover[],
): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  for (const runId of new Set(leftovers.map((leftover) => leftover.runId))) {
    const ofRun = leftovers.filter((leftover) => leftover.runId === runId);
    if (!ofRun.some(({ stays }) => stays === undefined)) continue;
    const known = request.known.find(({ folder }) => folder.runId === runId);
    removals.push(
      ...(known ? await removeOfKnown(request, known, ofRun) : await removeTagged({ ...request, runId }, ofRun)),
    );
  }
  return removals;
}

/** Nobody else goes on with a run while it is cleaned up, and its journal is read and written by one alone. */
async function removeOfKnown(
  request: RemovalRequest,
  known: KnownRun,
  leftovers: readonly Leftover[],
): Promise<readonly Removal[]> {
  try {
    request.stop?.throwIfAborted();
    const release = await holdRun(request.io.cwd, known.folder.runId);
    try {
      return await removeHeld(request, await unchanged(known), leftovers);
    } finally {
      await release();
    }
  } catch (error) {
    const failure = `run ${known.folder.runId}: ${toFailureRecord(error).message}`;
    return leftovers.filter(({ stays }) => !stays).map((leftover) => ({ leftover, failure }));
  }
}

interface CleanedUp {
  readonly known: KnownRun;
  readonly leftovers: readonly Leftover[];
  /** As it is afterwards. */
  readonly ledger: readonly LedgerEntry[];
}

/** Of what was listed, and of what was only found on the way: what a policy had made until it was gone. */
function removalsOf({ known, leftovers, ledger }: CleanedUp): readonly Removal[] {
  const left = new Map(
    remaining(ledger).flatMap((entry) => {
      const why = entry.reason ?? "it is still there";
      return [[placeOf(entry), why] as const, [entry.key, why] as const];
    }),
  );
  const listed = new Set(leftovers.map(({ entry }) => placeOf(entry)));
  const before = new Map(known.record.ledger.map((entry) => [entry.key, entry.state]));
  const found = ledger.flatMap((entry): Leftover[] => {
    const isNews = before.get(entry.key) !== entry.state && entry.id !== undefined;
    if (!isNews || listed.has(placeOf(entry))) return [];
    const { run, startedAt } = known.record;
    return [{ runId: run.runId, drill: run.drill.name, since: Date.parse(startedAt.at), entry }];
  });
  return [...leftovers.filter(({ stays }) => !stays), ...found].map((leftover) => {
    const still = left.get(placeOf(leftover.entry)) ?? left.get(leftover.entry.key);
    return { leftover, ...(still === undefined ? {} : { failure: still }) };
  });
}

/** The run as it is now that nobody else can go on with it. @throws Failure where somebody has, since it was looked at. */
async function unchanged({ folder, journal }: KnownRun): Promise<KnownRun> {
  const now = await readRun(folder.path);
  if (now.journal.tail.seq === journal.tail.seq && now.journal.tail.prev === journal.tail.prev)
    return { folder, ...now };
  throw new Failure({
    code: "run-went-on",
    message: "it has gone on since it was looked at, by another resume or cleanup",
    fixer: "operator",
    next: `look again: gameday cleanup ${folder.runId}`,
  });
}

/** A newer run of the same drill keeps everybody out, too: two of one drill do not change one account at the same time. */
async function removeHeld(
  request: RemovalRequest,
  known: KnownRun,
  leftovers: readonly Leftover[],
): Promise<readonly Removal[]> {
  const { io, profile } = request;
  const { account = "" } = known.record.identity ?? {};
  const { runId } = known.folder;
  const drill = await recordedDrill(known.record);
  const endpoints = await placeOfRun(io, { profile, region: drill.regions.primary });
  const release = await takeRunLock({ cwd: io.cwd, drill: known.record.run.drill.name, account, runId });
  const connection = connect(connectionOptions({ drill, folder: known.folder, io, profile, endpoints }));
  try {
    const region = drill.regions.primary;
    await confirmAccount(servicesOf({ connection, io, region, runId }).aws, region, new Set([account]));
    const ledger = await destroyAll({ request, known, drill, connection, leftovers });
    return removalsOf({ known, leftovers, ledger });
  } finally {
    await giveBack(io, "the connection could not be closed", () => connection.close());
    await release();
  }
}

interface Destruction {
  readonly request: RemovalRequest;
  readonly known: KnownRun;
  readonly drill: Drill;
  readonly connection: AwsConnection;
  readonly leftovers: readonly Leftover[];
}

/** The run's ledger afterwards. */
async function destroyAll(of: Destruction): Promise<readonly LedgerEntry[]> {
  const { request, known, drill, connection, leftovers } = of;
  const stay = new Map(leftovers.flatMap(({ entry, stays }) => (stays ? [[placeOf(entry), stays.why] as const] : [])));
  const terraform = await terraformOf(known, request.io);
  await cutTornLine(journalPath(known.folder.path), known.journal);
  const { record } = await cleanUpRun(
    drill,
    {
      runId: known.folder.runId,
      runFolder: known.folder.path,
      clock: systemClock,
      mode: known.record.run.mode,
      versions: { gameday: GAMEDAY_VERSION, node: process.versions.node },
      process: { pid: process.pid, host: hostname() },
      stepKinds: new Map(),
      resourceKinds: RESOURCE_KINDS,
      services: (scope) => servicesFor(connection, scope, terraform),
      guard: () => Promise.reject(new Error("the account was confirmed before")),
      judge,
    },
    {
      earlier: known.journal,
      spare: (entry) => stay.get(placeOf(entry)),
      ...(request.stop ? { stop: request.stop } : {}),
    },
  );
  return record.ledger;
}

async function terraformOf({ record }: KnownRun, io: Io): Promise<TerraformSettings> {
  const uses = remaining(record.ledger).some((entry) => entry.kind === "terraform.stack");
  return uses ? (await discover(io)).settings : { environment: {} };
}
