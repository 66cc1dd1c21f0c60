import type { Killing } from "./battery.ts";
import type { KillPoint } from "./kill-switch.ts";
import type { Subject } from "./killable.ts";

/** More than a run of any subject sends: some of the processes come to their end. */
const MOST_REQUESTS = 110;
const LONGEST_DELAY_MS = 25;

/** Two kills in a row for each seed, at instants that depend on the seed and on how fast the machine happens to be. */
export function randomKillings(subjects: readonly Subject[], seeds: number): readonly Killing[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const chance = chanceOf(seed);
    const points = [instant(chance), instant(chance)];
    return { subject: subjects[seed % subjects.length]!, points };
  });
}

function instant(chance: () => number): KillPoint {
  return { request: 1 + Math.floor(chance() * MOST_REQUESTS), delayMs: Math.floor(chance() * LONGEST_DELAY_MS) };
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
