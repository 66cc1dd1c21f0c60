import type { PastRun, Result } from "../../evidence/result/result.ts";
import type { ResultVerdictWord } from "../../evidence/result/schema.ts";

/** RTA of the runs of a drill, one point each; runs without one are shown as such, never left out. */
export interface Trend {
  readonly points: readonly TrendPoint[];
  readonly targetMs?: number;
}

export interface TrendPoint {
  readonly runId: string;
  readonly at: string;
  readonly word: ResultVerdictWord;
  readonly rtaMs?: number;
  /** The run that the report is of. */
  readonly current: boolean;
}

const MOST_POINTS = 40;

/** The runs before this one and this one, oldest first. */
export function runsOf({
  history = [],
  run,
  verdict,
  evidenceClass,
  recoveryTime,
  recoveryPoint,
}: Result): readonly PastRun[] {
  const earlier = history.filter(({ runId }) => runId !== run.id);
  const { rpaMs } = recoveryPoint;
  const own: PastRun = {
    runId: run.id,
    startedAt: run.startedAt,
    word: verdict.word,
    simulated: evidenceClass === "emulated",
    ...(recoveryTime ? { rtaMs: recoveryTime.rtaMs, wallClock: recoveryTime.wallClock } : {}),
    ...(rpaMs === undefined ? {} : { rpaMs }),
  };
  return [...earlier, own];
}

export function trendOf(result: Result): Trend {
  const rto = result.objectives.find(({ objective }) => objective === "RTO");
  const points = runsOf(result)
    .slice(-MOST_POINTS)
    .map(({ runId, startedAt, word, rtaMs }): TrendPoint => {
      const point = { runId, at: startedAt, word, current: runId === result.run.id };
      return rtaMs === undefined ? point : { ...point, rtaMs };
    });
  return rto ? { points, targetMs: rto.targetMs } : { points };
}
