import type { Killing } from "./battery.ts";
import type { Subject } from "./killable.ts";

/** A subject, and how many requests a run of it sends that nobody kills. */
export interface MeasuredSubject {
  readonly subject: Subject;
  readonly requests: number;
}

const LONGEST_DELAY_MS = 25;
/** A resumed run sends some requests again: it looks for what it had made. */
const SENT_AGAIN = 20;

/**
 * Two kills in a row for each seed: somewhere in the whole run, its teardown included, and somewhere in what is left of it then. The
 * instants depend on the seed and on how fast the machine happens to be.
 */
export function randomKillings(subjects: readonly MeasuredSubject[], seeds: number): readonly Killing[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const chance = chanceOf(seed);
    const { subject, requests } = subjects[seed % subjects.length]!;
    const first = instant(chance, requests);
    return { subject, points: [first, instant(chance, requests - first.request + SENT_AGAIN)] };
  });
}

function instant(chance: () => number, requests: number) {
  return { request: 1 + Math.floor(chance() * requests), delayMs: Math.floor(chance() * LONGEST_DELAY_MS) };
}

/** mulberry32: numbers in [0, 1) that are the same for the same seed. */
function chanceOf(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
