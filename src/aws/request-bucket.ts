import { RefillingTokens, type BucketSize } from "./refilling-tokens.ts";

/**
 * A bucket of the service's, as it surely is at least. When a request arrives there nobody knows: at the latest when it has been
 * answered. Until then its token counts as still there, so that what flows into a full bucket and is lost is not counted on.
 * Times in milliseconds of one clock.
 */
export class RequestBucket {
  readonly #tokens: RefillingTokens;
  #underWay = 0;

  constructor(now: number, size: BucketSize) {
    this.#tokens = new RefillingTokens(now, size);
  }

  /** The whole milliseconds until a request may be sent; infinite while only an answer can make room. */
  untilFree(now: number): number {
    const missing = this.#underWay + 1 - this.#tokens.left(now);
    if (missing <= 0) return 0;
    return this.#underWay + 1 > this.#tokens.capacity ? Infinity : Math.ceil(this.#tokens.msFor(missing));
  }

  sent(): void {
    this.#underWay += 1;
  }

  answered(now: number): void {
    // Until now the bucket may have been full, and what flowed into it is lost.
    this.#tokens.left(now);
    this.#underWay -= 1;
    this.#tokens.spend(1);
  }
}
