/** Statistics that few runs can carry: every figure is an observed one, or says how little is known. */
export interface Spread {
  readonly n: number;
  readonly median: number;
  readonly least: number;
  /** The worst of n. With few runs this is all that can be said of the tail: there is no 95th percentile in it. */
  readonly worst: number;
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, worst] = [sorted[0], sorted.at(-1)];
  if (least === undefined || worst === undefined) return undefined;
  return { n: sorted.length, median: medianOf(sorted), least, worst };
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/**
 * The 95 % upper bound of the rate of misses after n runs without one: 1 − 0.05^(1/n). Four good runs leave room for 53 %.
 * Undefined after a miss (the bound is of another kind then) and for no runs.
 */
export function missRateBound(runs: number, misses: number): number | undefined {
  return runs > 0 && misses === 0 ? 1 - 0.05 ** (1 / runs) : undefined;
}

const BARS = "▁▂▃▄▅▆▇█";

/** One character a value, lowest to highest; a space where there is none. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const span = most - least;
  return values
    .map((value) => {
      if (value === undefined) return "·";
      const level = span === 0 ? 3 : Math.round(((value - least) / span) * (BARS.length - 1));
      return BARS[level];
    })
    .join("");
}
