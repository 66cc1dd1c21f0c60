import { wallClockCauses, type WallClockCause } from "../engine/cut-off.ts";
import type { Instant, RunRecord, StepRecord } from "../engine/record.ts";
import { coveredMs, elapsedMs } from "./interval.ts";
import { serviceRtaMs } from "./service-time.ts";

/** The recovery window: from the declared disaster to the end of the last passed step of `verify`. Milliseconds. */
export interface RecoveryTime {
  readonly from: Instant;
  readonly to: Instant;
  /** Elapsed time, people's waits included: what is held against the RTO. */
  readonly rtaMs: number;
  /** Why it is measured by the wall clock; none where a steady clock saw all of it. */
  readonly wallClockCauses: readonly WallClockCause[];
  /** The same without the time until the ends that services tell of were seen; absent where none tells of one. */
  readonly serviceRtaMs?: number;
  /** The part in which a step waited for people; waits at the same time count once. */
  readonly peopleMs: number;
  readonly machineMs: number;
  /** When the first step of `recover` began. */
  readonly firstActionAt: Instant;
  /** When the last step of `recover` had passed: the data are usable, and not yet verified. */
  readonly availableAt: Instant;
  /** When the first full read of the restored data was done; absent where no step reports one. */
  readonly hydratedAt?: Instant;
}

/** Undefined when no disaster was declared or `verify` did not pass completely: an unverified restore is not a recovery. */
export function recoveryTime(record: RunRecord): RecoveryTime | undefined {
  const from = record.disasterAt;
  const to = verifiedAt(record);
  if (!from || !to) return undefined;
  const rtaMs = elapsedMs(from, to);
  const peopleMs = coveredMs(
    record.peopleWaits.map(({ at, durationMs }) => ({ from: at.mono - durationMs, to: at.mono })),
    { from: from.mono, to: to.mono },
  );
  const machineMs = rtaMs - peopleMs;
  const hydratedAt = hydration(record);
  const byService = serviceRtaMs(record, from);
  return {
    from,
    to,
    rtaMs,
    wallClockCauses: wallClockCauses(record, from, to),
    ...(byService === undefined ? {} : { serviceRtaMs: byService }),
    peopleMs,
    machineMs,
    ...milestones(record, from),
    ...(hydratedAt ? { hydratedAt } : {}),
  };
}

function milestones({ steps }: RunRecord, disaster: Instant): Pick<RecoveryTime, "firstActionAt" | "availableAt"> {
  const recovering = steps.filter(({ phase, outcome }) => phase === "recover" && outcome !== "skipped");
  const firstActionAt = recovering[0]?.startedAt ?? disaster;
  return { firstActionAt, availableAt: latest(recovering.map(endOf)) ?? firstActionAt };
}

function hydration({ steps }: RunRecord): Instant | undefined {
  const reads = steps.filter(({ phase, outputs }) => isRecovery(phase) && typeof outputs["hydrationMs"] === "number");
  return latest(reads.map(endOf));
}

/** How long the recovery had been going on when it was given up; undefined when it was completed or never began. */
export function unfinishedRecoveryMs(record: RunRecord): number | undefined {
  if (!record.disasterAt || verifiedAt(record)) return undefined;
  return Math.max(0, elapsedMs(record.disasterAt, recoveryEndedAt(record)));
}

function verifiedAt(record: RunRecord): Instant | undefined {
  const verify = record.phases.findLast(({ phase }) => phase === "verify");
  if (verify?.outcome !== "passed") return undefined;
  return latest(record.steps.filter(({ phase, outcome }) => phase === "verify" && outcome === "passed").map(endOf));
}

function recoveryEndedAt(record: RunRecord): Instant {
  const phases = record.phases.filter(({ phase, outcome }) => isRecovery(phase) && outcome !== "skipped");
  const open = phases.length === 0 || phases.some(({ finishedAt }) => !finishedAt);
  return (open ? undefined : latest(phases.map((phase) => phase.finishedAt))) ?? record.lastAt;
}

export function isRecovery(phase: StepRecord["phase"]): boolean {
  return phase === "recover" || phase === "verify";
}

function endOf(step: StepRecord): Instant | undefined {
  return step.finishedAt;
}

function latest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  let last: Instant | undefined;
  for (const instant of instants) if (instant && (!last || instant.mono > last.mono)) last = instant;
  return last;
}
