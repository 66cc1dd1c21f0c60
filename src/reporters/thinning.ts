export type Prominence = "line" | "count" | "nothing";

/** Bounds what many like things print: the first `whole` in a line each, then a count whenever their number has doubled. */
export function thinning(whole: number): () => Prominence {
  let seen = 0;
  let nextCount = whole * 2;
  return () => {
    seen++;
    if (seen <= whole) return "line";
    if (seen < nextCount) return "nothing";
    nextCount *= 2;
    return "count";
  };
}

/**
 * Bounds what one long wait prints: the first thing it says (unless `first` is false), something after a minute, then after twice
 * as long each time, at least once an hour. Milliseconds.
 */
export function widening(startedAt: number, first: boolean): (now: number) => boolean {
  let pause = first ? 30_000 : 60_000;
  let due = first ? startedAt : startedAt + pause;
  return (now) => {
    if (now < due) return false;
    pause = Math.min(pause * 2, 3_600_000);
    due = now + pause;
    return true;
  };
}
