import type { Instant } from "../engine/record.ts";

/** A stretch of a run's monotonic milliseconds. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Milliseconds between two instants of one run. */
export function elapsedMs(from: Instant, to: Instant): number {
  return to.mono - from.mono;
}

/** Milliseconds that at least one of the intervals covers inside the window: overlapping ones count once. */
export function coveredMs(intervals: readonly Interval[], window: Interval): number {
  const clipped = intervals
    .map(({ from, to }) => ({ from: Math.max(from, window.from), to: Math.min(to, window.to) }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from);
  let covered = 0;
  let reached = window.from;
  for (const { from, to } of clipped) {
    covered += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return covered;
}
