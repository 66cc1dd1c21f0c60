import type { BucketSize } from "./token-bucket.ts";

/**
 * A bucket of the service's, as it surely is at least. When a request arrives there nobody knows: at the latest when it has been
 * answered. Until then its token counts as still there, so that what flows into a full bucket and is lost is not counted on.
 * Times in milliseconds of one clock.
 */
export class RequestBucket {
  readonly #capacity: number;
  readonly #refillPerMs: number;
  #tokens: number;
  #at: number;
  #underWay = 0;

  constructor(now: number, { capacity, refillPerSecond }: BucketSize) {
    this.#capacity = capacity;
    this.#refillPerMs = refillPerSecond / 1000;
    this.#tokens = capacity;
    this.#at = now;
  }

  /** The whole milliseconds until a request may be sent; infinite while only an answer can make room. */
  untilFree(now: number): number {
    this.#refill(now);
    const missing = this.#underWay + 1 - this.#tokens;
    if (missing <= 0) return 0;
    return this.#underWay + 1 > this.#capacity ? Infinity : Math.ceil(missing / this.#refillPerMs);
  }

  sent(): void {
    this.#underWay += 1;
  }

  answered(now: number): void {
    this.#refill(now);
    this.#underWay -= 1;
    this.#tokens -= 1;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#refillPerMs);
    this.#at = now;
  }
}
