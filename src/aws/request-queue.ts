import type { Clock } from "../time/clock.ts";
import { RequestBucket } from "./request-bucket.ts";
import type { BucketSize } from "./refilling-tokens.ts";

export interface Passage {
  /** Goes before those that are not: a look that many steps wait for is not to wait for the requests of each of them. */
  readonly urgent: boolean;
  /** Ends the waiting: it rejects with the signal's reason, and its turn is the next one's. */
  readonly signal?: AbortSignal | undefined;
}

/** To be called once, when a request has been answered or has failed. */
export type Answered = () => void;

interface Waiting {
  readonly urgent: boolean;
  go(answered: Answered): void;
}

/** Lets requests through one by one, as fast as a bucket gives tokens; the urgent first, the others in the order they came. */
export class RequestQueue {
  readonly #clock: Clock;
  readonly #bucket: RequestBucket;
  #waiting: Waiting[] = [];
  #serving = false;

  constructor(clock: Clock, size: BucketSize) {
    this.#clock = clock;
    this.#bucket = new RequestBucket(clock.monotonic(), size);
  }

  /** Resolves when the request may be sent. */
  pass({ urgent, signal }: Passage): Promise<Answered> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal?.reason);
      };
      const waiting: Waiting = {
        urgent,
        go: (answered) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(answered);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiting);
      void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    while (this.#waiting.length > 0) {
      const waitMs = this.#bucket.untilFree(this.#clock.monotonic());
      if (waitMs === Infinity) break;
      if (waitMs > 0) await this.#clock.sleep(waitMs);
      else this.#letThrough();
    }
    this.#serving = false;
  }

  #letThrough(): void {
    const first = this.#waiting.find(({ urgent }) => urgent) ?? this.#waiting[0];
    this.#waiting = this.#waiting.filter((other) => other !== first);
    this.#bucket.sent();
    first?.go(() => {
      this.#bucket.answered(this.#clock.monotonic());
      void this.#serve();
    });
  }
}
