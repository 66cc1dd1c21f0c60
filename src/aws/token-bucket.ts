import { RefillingTokens, type BucketSize } from "./refilling-tokens.ts";

/** A token bucket that promises tokens in advance: whoever takes one is told how long to wait for it. Times in milliseconds. */
export class TokenBucket {
  readonly #tokens: RefillingTokens;

  constructor(now: number, size: BucketSize) {
    this.#tokens = new RefillingTokens(now, size);
  }

  /** Takes a token; returns the milliseconds to wait before using it. */
  take(now: number): number {
    const left = this.#tokens.left(now) - 1;
    this.#tokens.spend(1);
    return Math.max(0, this.#tokens.msFor(-left));
  }

  /** Pays for what was used without being taken: whoever comes next waits for it. */
  pay(tokens: number): void {
    this.#tokens.spend(tokens);
  }
}
