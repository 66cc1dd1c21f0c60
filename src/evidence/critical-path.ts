import type { RunRecord } from "../engine/record.ts";
import { isRecovery, type RecoveryTime } from "./recovery-time.ts";

/** A step without which the recovery would have been over earlier. Milliseconds. */
export interface CriticalStep {
  readonly instance: string;
  readonly phase: "recover" | "verify";
  readonly durationMs: number;
  /** Between the step before on the path, or the disaster, and this one. */
  readonly gapMs: number;
}

interface Candidate {
  readonly instance: string;
  readonly phase: "recover" | "verify";
  readonly from: number;
  readonly to: number;
}

/** The chain of steps that fills the recovery window, back from its end: each the last to end before the next began. */
export function criticalPath(record: RunRecord, { from, to }: Pick<RecoveryTime, "from" | "to">): CriticalStep[] {
  const chain: Candidate[] = [];
  let reached = to.mono;
  for (const step of lastEndedFirst(record)) {
    if (step.to > reached || step.from < from.mono) continue;
    chain.unshift(step);
    reached = step.from;
  }
  return chain.map((step, index) => ({
    instance: step.instance,
    phase: step.phase,
    durationMs: step.to - step.from,
    gapMs: step.from - (chain[index - 1]?.to ?? from.mono),
  }));
}

function lastEndedFirst({ steps }: RunRecord): readonly Candidate[] {
  return steps
    .flatMap(({ instance, phase, outcome, startedAt, finishedAt }): Candidate[] => {
      if (!isRecovery(phase) || !finishedAt || outcome === "skipped" || finishedAt.mono <= startedAt.mono) return [];
      return [{ instance, phase: phase as Candidate["phase"], from: startedAt.mono, to: finishedAt.mono }];
    })
    .sort((a, b) => b.to - a.to || a.from - b.from);
}
