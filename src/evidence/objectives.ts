import type { RunRecord } from "../engine/record.ts";
import { defined } from "./defined.ts";
import type { RecoveryPointAge } from "./recovery-point.ts";

/** One objective of the drill held against what was measured. Milliseconds. */
export interface ObjectiveResult {
  readonly objective: "RTO" | "RPO";
  readonly targetMs: number;
  /** Absent when it was not measured. Measured past the target too. */
  readonly actualMs?: number;
  /** Nothing was recovered and verified: the actual would be at least this. */
  readonly atLeastMs?: number;
  /** Absent when it was not measured and cannot be known to be missed either. */
  readonly met?: boolean;
  /** Target minus actual: negative when missed. */
  readonly marginMs?: number;
  /** Actual by target. */
  readonly usedFraction?: number;
  /** Met, with more than 80 % of the target used. */
  readonly atRisk: boolean;
  /** The backup was made by the drill itself: a miss is a warning, and a hit proves nothing of the schedule. */
  readonly warnsOnly: boolean;
}

/** Past this part of its target an objective that is met is at risk. */
const AT_RISK_FRACTION = 0.8;

export interface Measured {
  /** Absent when no recovery was completed and verified: then nothing was reached, and least values are all there is. */
  readonly rtaMs: number | undefined;
  readonly unfinishedMs: number | undefined;
  readonly point: RecoveryPointAge;
}

export function objectiveResults(record: RunRecord, measured: Measured): readonly ObjectiveResult[] {
  const { rtoMs, rpoMs } = record.run.objectives;
  const { rtaMs, unfinishedMs, point } = measured;
  const results: ObjectiveResult[] = [];
  if (rtoMs !== undefined)
    results.push(compare({ objective: "RTO", targetMs: rtoMs, actualMs: rtaMs, atLeastMs: unfinishedMs }));
  if (rpoMs !== undefined) {
    const warnsOnly = point.basis === "drill-triggered";
    const recovered = rtaMs !== undefined;
    const figures = { actualMs: recovered ? point.bestMs : undefined, atLeastMs: recovered ? undefined : point.bestMs };
    results.push(compare({ objective: "RPO", targetMs: rpoMs, warnsOnly, ...figures }));
  }
  return results;
}

interface Comparison {
  readonly objective: "RTO" | "RPO";
  readonly targetMs: number;
  readonly actualMs: number | undefined;
  readonly atLeastMs?: number | undefined;
  readonly warnsOnly?: boolean;
}

function compare({ objective, targetMs, actualMs, atLeastMs, warnsOnly = false }: Comparison): ObjectiveResult {
  const knownMiss = (atLeastMs ?? 0) > targetMs ? false : undefined;
  return defined<ObjectiveResult>({
    objective,
    targetMs,
    actualMs,
    atLeastMs: actualMs === undefined ? atLeastMs : undefined,
    met: actualMs === undefined ? knownMiss : actualMs <= targetMs,
    marginMs: actualMs === undefined ? undefined : targetMs - actualMs,
    usedFraction: actualMs === undefined ? undefined : actualMs / targetMs,
    atRisk: actualMs !== undefined && actualMs <= targetMs && actualMs > targetMs * AT_RISK_FRACTION,
    warnsOnly,
  });
}
