import type { EarlierPoint } from "../engine/facts.ts";

/** One recovery point, and for how long its data were the newest that could have been recovered. Milliseconds. */
export interface Exposure extends EarlierPoint {
  /** From its point in time to the moment the next one became available: what a disaster just before would have lost. */
  readonly exposureMs?: number;
  /** From its point in time to the moment it became available itself. */
  readonly lagMs: number;
}

export interface Lookback {
  readonly points: readonly Exposure[];
  /** The greatest exposure: the worst-case RPO in the period. Absent with fewer than two points. */
  readonly worstMs?: number;
}

/**
 * The worst-case RPO over consecutive recovery points: the copy lag, which the age of the newest backup hides, is in it.
 * Points whose instants are no instants, or which seem to be available before their point in time, are left out.
 */
export function lookbackOf(points: readonly EarlierPoint[]): Lookback {
  const usable = points
    .filter(({ pointInTime, availableAt }) => Date.parse(pointInTime) <= Date.parse(availableAt))
    .toSorted((a, b) => Date.parse(a.availableAt) - Date.parse(b.availableAt));
  const exposures = usable.map((point, index): Exposure => {
    const next = usable[index + 1];
    const lagMs = Date.parse(point.availableAt) - Date.parse(point.pointInTime);
    const newest = newestOf(usable.slice(Math.max(0, index - NEIGHBOURS), index + 1));
    return next ? { ...point, lagMs, exposureMs: Date.parse(next.availableAt) - newest } : { ...point, lagMs };
  });
  const known = exposures.flatMap(({ exposureMs }) => exposureMs ?? []);
  return known.length === 0 ? { points: exposures } : { points: exposures, worstMs: Math.max(...known) };
}

/** Copies may overtake each other, though not by many. */
const NEIGHBOURS = 10;

/** What can be recovered is the newest of what is available, which need not be what became available last. */
function newestOf(points: readonly EarlierPoint[]): number {
  return Math.max(...points.map(({ pointInTime }) => Date.parse(pointInTime)));
}
