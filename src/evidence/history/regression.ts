import { formatDuration } from "../../time/duration.ts";
import type { RunSummary } from "./run-summary.ts";
import { spreadOf } from "./statistics.ts";

/** Fewer comparable runs than this say nothing. */
export const FEWEST_COMPARABLE = 5;
/** Runs further back are another time. */
const MOST_COMPARABLE = 20;
/** How far above the median a value must be besides. */
export const REGRESSION_MARGIN = 0.2;

/** The newest value of a series is beyond all before it, and by much. A signal to look, no more. */
export interface RegressionSignal {
  readonly run: string;
  readonly rtaMs: number;
  readonly median: number;
  readonly worst: number;
  /** How many comparable runs it was held against. */
  readonly against: number;
  /** What grew most: the phase, and by how much over its median. */
  readonly phases: readonly { readonly phase: string; readonly overMedianMs: number }[];
}

/**
 * The rule: the RTA of the newest measured run is above that of each of the last k ≥ 5 comparable runs, and more than 20 % above
 * their median. Runs that measured nothing are misses, not slow runs: they are counted elsewhere.
 */
export function regressionSignal(runs: readonly RunSummary[]): RegressionSignal | undefined {
  const newest = runs.findLast(({ rtaMs }) => rtaMs !== undefined);
  if (newest?.rtaMs === undefined) return undefined;
  const comparable = runs
    .filter((run) => run !== newest && run.series === newest.series && run.rtaMs !== undefined)
    .slice(-MOST_COMPARABLE);
  const spread = spreadOf(comparable.map(({ rtaMs = 0 }) => rtaMs));
  if (!spread || spread.n < FEWEST_COMPARABLE) return undefined;
  const { median, worst, n } = spread;
  if (newest.rtaMs <= worst || newest.rtaMs <= median * (1 + REGRESSION_MARGIN)) return undefined;
  return { run: newest.run, rtaMs: newest.rtaMs, median, worst, against: n, phases: growth(newest, comparable) };
}

function growth(newest: RunSummary, comparable: readonly RunSummary[]): RegressionSignal["phases"] {
  return ["recover", "verify"]
    .map((phase) => {
      const median = spreadOf(comparable.map(({ phaseMs }) => phaseMs[phase] ?? 0))?.median ?? 0;
      return { phase, overMedianMs: (newest.phaseMs[phase] ?? 0) - median };
    })
    .sort((a, b) => b.overMedianMs - a.overMedianMs);
}

/** A signal in one sentence, with the phases that grew. */
export function regressionWords({ run, rtaMs, median, worst, against, phases }: RegressionSignal): string {
  const grown = phases
    .filter(({ overMedianMs }) => overMedianMs > 0)
    .map(({ phase, overMedianMs }) => `${phase} +${formatDuration(overMedianMs)}`);
  return `run ${run}: RTA ${formatDuration(rtaMs)} is beyond all of the last ${against} comparable runs (worst ${formatDuration(worst)}) and ${Math.round((rtaMs / median - 1) * 100)} % above their median${grown.length > 0 ? `; ${grown.join(", ")}` : ""}`;
}
