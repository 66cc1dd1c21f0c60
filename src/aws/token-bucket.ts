export interface BucketSize {
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** A token bucket that promises tokens in advance: whoever takes one is told how long to wait for it. Times in milliseconds. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #refillPerMs: number;
  #tokens: number;
  #at: number;

  constructor(now: number, { capacity, refillPerSecond }: BucketSize) {
    this.#capacity = capacity;
    this.#refillPerMs = refillPerSecond / 1000;
    this.#tokens = capacity;
    this.#at = now;
  }

  /** Takes a token; returns the milliseconds to wait before using it. */
  take(now: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#refillPerMs);
    this.#at = now;
    this.#tokens -= 1;
    return Math.max(0, -this.#tokens / this.#refillPerMs);
  }

  /** Pays for what was used without being taken: whoever comes next waits for it. */
  pay(tokens: number): void {
    this.#tokens -= tokens;
  }
}
