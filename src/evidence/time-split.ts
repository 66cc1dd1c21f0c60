import { cutOffs } from "../engine/cut-off.ts";
import type { RunRecord } from "../engine/record.ts";
import { coveredMs, type Interval } from "./interval.ts";
import { isRecovery } from "./recovery-time.ts";

/** What a stretch of time went into; the five add up to it. Milliseconds. Where several apply, the first of them counts. */
export interface TimeSplit {
  /** The run was cut off and lay still, or the machine did: what no steady clock saw. */
  readonly cutOffMs: number;
  /** Waiting for people. */
  readonly peopleMs: number;
  /** Attempts that were made again, and the pauses between them. */
  readonly retryMs: number;
  /** AWS calls, and waiting for a resource to reach a state. */
  readonly awsMs: number;
  /** gameday, Terraform, programs and scripts on hosts. */
  readonly ownMs: number;
}

export function timeSplit(record: RunRecord, window: Interval): TimeSplit {
  const still = cutOffs(record);
  const people = [...still, ...peopleWaits(record)];
  const retry = [...people, ...lostAttempts(record)];
  const aws = [...retry, ...calls(record), ...stateWaits(record)];
  const covered = [still, people, retry, aws].map((intervals) => coveredMs(intervals, window));
  const [cutOffMs = 0, toPeople = 0, toRetry = 0, toAws = 0] = covered;
  const whole = Math.max(0, window.to - window.from);
  return {
    cutOffMs,
    peopleMs: toPeople - cutOffMs,
    retryMs: toRetry - toPeople,
    awsMs: toAws - toRetry,
    ownMs: whole - toAws,
  };
}

function peopleWaits({ peopleWaits: waits }: RunRecord): readonly Interval[] {
  return waits.map(({ at, durationMs }) => ({ from: at.mono - durationMs, to: at.mono }));
}

function lostAttempts({ steps }: RunRecord): readonly Interval[] {
  return steps
    .filter(({ attempts, phase }) => attempts > 1 && isRecovery(phase))
    .map(({ startedAt, lastAttemptAt }) => ({ from: startedAt.mono, to: lastAttemptAt.mono }));
}

/** A call is journaled when it has ended. */
function calls({ calls: made }: RunRecord): readonly Interval[] {
  return made.map(({ at, durationMs }) => ({ from: at.mono - durationMs, to: at.mono }));
}

/** From the first state of a resource that a step saw to the last. */
function stateWaits({ observations }: RunRecord): readonly Interval[] {
  const spans = new Map<string, Interval>();
  for (const { instance = "", kind, id, at } of observations) {
    const key = `${instance} ${kind} ${id}`;
    spans.set(key, { from: spans.get(key)?.from ?? at.mono, to: at.mono });
  }
  return [...spans.values()];
}
