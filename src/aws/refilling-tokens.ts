export interface BucketSize {
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** The arithmetic of a token bucket: tokens come back evenly, up to its capacity; fewer than none are owed. Times in milliseconds of one clock. */
export class RefillingTokens {
  readonly capacity: number;
  readonly #refillPerMs: number;
  #tokens: number;
  #at: number;

  constructor(now: number, { capacity, refillPerSecond }: BucketSize) {
    this.capacity = capacity;
    this.#refillPerMs = refillPerSecond / 1000;
    this.#tokens = capacity;
    this.#at = now;
  }

  left(now: number): number {
    this.#tokens = Math.min(this.capacity, this.#tokens + (now - this.#at) * this.#refillPerMs);
    this.#at = now;
    return this.#tokens;
  }

  spend(tokens: number): void {
    this.#tokens -= tokens;
  }

  /** The milliseconds in which so many tokens come back. */
  msFor(tokens: number): number {
    return tokens / this.#refillPerMs;
  }
}
