import { evidenceClassOf } from "./attestation/evidence-class.ts";
import type { Phase } from "../drill/drill.ts";
import { isWallClock } from "../engine/cut-off.ts";
import type { PhaseRecord, RunRecord, StepRecord } from "../engine/record.ts";
import { countCalls, type CallCount } from "./calls.ts";
import { passedChecks, readsRestored, type CheckRecord } from "./checks.ts";
import { defined } from "./defined.ts";
import { elapsedMs } from "./interval.ts";
import { objectiveResults, type ObjectiveResult } from "./objectives.ts";
import { recoveryPointAge, type RecoveryPointAge } from "./recovery-point.ts";
import { recoveryTime, unfinishedRecoveryMs, type RecoveryTime } from "./recovery-time.ts";

/** Everything a run measured, computed from its record alone. Durations are milliseconds. */
export interface Measurement {
  /** The record is of a rehearsal: no evidence of a live recovery. */
  readonly simulated: boolean;
  /** Absent when the recovery was not completed and verified. */
  readonly recovery?: RecoveryTime;
  /** How long a recovery that was not completed had been going on. */
  readonly unfinishedRecoveryMs?: number;
  readonly point: RecoveryPointAge;
  readonly objectives: readonly ObjectiveResult[];
  readonly phases: readonly PhaseTime[];
  /** From the first event to the last. */
  readonly wholeRunMs: number;
  readonly hydration: readonly Hydration[];
  readonly missedTargets: readonly MissedTarget[];
  readonly calls: readonly CallCount[];
  /** Bytes that passed data checks compared. The same data checked in several ways, and several copies of it, count once. */
  readonly verifiedBytes: number;
  /** What those bytes are: the copy's only where nothing that was restored has been read. */
  readonly verifiedIn: "restored data" | "the copy";
}

export interface PhaseTime {
  readonly phase: Phase;
  readonly outcome: PhaseRecord["outcome"] | "cut off";
  readonly durationMs: number;
  /** The run was cut off in it and taken up again. */
  readonly wallClock: boolean;
}

/** How long the first full read of restored data took, lazy loading included, as the step reports it (`hydrationMs` in its outputs). */
export interface Hydration {
  readonly instance: string;
  readonly durationMs: number;
}

export interface MissedTarget {
  readonly instance: string;
  readonly targetMs: number;
  readonly actualMs: number;
}

export function measure(record: RunRecord): Measurement {
  const recovery = recoveryTime(record);
  const unfinishedMs = unfinishedRecoveryMs(record);
  const point = recoveryPointAge(record);
  return defined<Measurement>({
    simulated: evidenceClassOf(record) === "emulated",
    recovery,
    unfinishedRecoveryMs: unfinishedMs,
    point,
    objectives: objectiveResults(record, { rtaMs: recovery?.rtaMs, unfinishedMs, point }),
    phases: phaseTimes(record),
    wholeRunMs: elapsedMs(record.startedAt, record.lastAt),
    hydration: record.steps.flatMap(hydrationOf),
    missedTargets: record.steps.flatMap(missedTargetOf),
    calls: countCalls(record),
    ...verified(record),
  });
}

function phaseTimes(record: RunRecord): readonly PhaseTime[] {
  return record.phases.map(({ phase, outcome, startedAt, finishedAt }) => ({
    phase,
    outcome: outcome ?? "cut off",
    durationMs: elapsedMs(startedAt, finishedAt ?? record.lastAt),
    wallClock: isWallClock(record, startedAt, finishedAt ?? record.lastAt),
  }));
}

/** From the first attempt to the end of the last one. Undefined while the step runs, or when the run was cut off in it. */
export function stepMs(step: StepRecord): number | undefined {
  return step.finishedAt && elapsedMs(step.startedAt, step.finishedAt);
}

function missedTargetOf(step: StepRecord): readonly MissedTarget[] {
  const { instance, targetMs } = step;
  const actualMs = stepMs(step);
  if (targetMs === undefined || actualMs === undefined || actualMs <= targetMs) return [];
  return [{ instance, targetMs, actualMs }];
}

function hydrationOf({ instance, outputs }: StepRecord): readonly Hydration[] {
  const durationMs = outputs["hydrationMs"];
  return typeof durationMs === "number" ? [{ instance, durationMs }] : [];
}

function verified(record: RunRecord): Pick<Measurement, "verifiedBytes" | "verifiedIn"> {
  const checks = passedChecks(record);
  const restored = checks.filter(readsRestored);
  const verifiedIn = restored.length > 0 || checks.length === 0 ? "restored data" : "the copy";
  return { verifiedBytes: distinctBytes(restored.length > 0 ? restored : checks), verifiedIn };
}

/** Checks of one kind that expect the same digest are of the same data; of several kinds the one that compared most counts. */
function distinctBytes(checks: readonly CheckRecord[]): number {
  const byKind = new Map<string, Map<unknown, number>>();
  for (const one of checks) {
    const known = byKind.get(one.check) ?? new Map<unknown, number>();
    byKind.set(one.check, known.set(one.expected ?? one, one.counts?.["bytes"] ?? 0));
  }
  return Math.max(0, ...[...byKind.values()].map((bytes) => [...bytes.values()].reduce((sum, one) => sum + one, 0)));
}
