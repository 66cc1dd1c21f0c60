/** Estimates the end of a wait from the progress that AWS reports in steps. */

interface Edge {
  /** Milliseconds of the clock when the new value was first seen. */
  readonly at: number;
  readonly progress: number;
  /** How long before that the old value was last seen: the edge lies in between. */
  readonly uncertaintyMs: number;
}

export interface Eta {
  readonly etaMs: number;
  readonly sigmaMs: number;
}

const LEAST_SIGMA_MS = 1_000;
/** Progress is not linear: an estimate is no better than this part of what remains. */
const DISTRUST = 0.15;

export class ProgressEta {
  #first: Edge | undefined;
  #last: Edge | undefined;
  #lookedAt: number | undefined;

  /** Takes note of a look at `now` that showed `progress` (0 to 1). */
  look(now: number, progress: number | undefined): void {
    if (progress !== undefined && progress > (this.#last?.progress ?? -1)) {
      this.#last = { at: now, progress, uncertaintyMs: now - (this.#lookedAt ?? now) };
      // The first value seen is no edge: nobody knows how long it had stood.
      if (this.#lookedAt !== undefined) this.#first ??= this.#last;
    }
    this.#lookedAt = now;
  }

  /** The estimate, once two edges have been seen. */
  at(now: number): Eta | undefined {
    const [first, last] = [this.#first, this.#last];
    if (!first || !last || last.progress <= first.progress || last.progress >= 1) return undefined;
    const msPerUnit = (last.at - first.at) / (last.progress - first.progress);
    const remaining = (1 - last.progress) * msPerUnit;
    const stretch = (1 - last.progress) / (last.progress - first.progress);
    const edges = Math.hypot(first.uncertaintyMs, last.uncertaintyMs) * Math.max(1, stretch);
    return {
      etaMs: last.at + remaining - now,
      sigmaMs: Math.max(LEAST_SIGMA_MS, Math.hypot(edges, DISTRUST * remaining)),
    };
  }
}
