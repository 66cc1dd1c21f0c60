/**
 * A token bucket that keeps a lane's polls far below EC2's own: filtered Describe calls refill at 20 per second and account
 * (EC2 API throttling), a lane takes at most a twentieth of that.
 */
export class PollBudget {
  readonly #capacity: number;
  readonly #refillPerMs: number;
  #tokens: number;
  #at: number;

  constructor(now: number, { capacity = 10, refillPerSecond = 1 } = {}) {
    this.#capacity = capacity;
    this.#refillPerMs = refillPerSecond / 1000;
    this.#tokens = capacity;
    this.#at = now;
  }

  /** Takes a token; returns the milliseconds to wait before the poll it stands for. */
  take(now: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#refillPerMs);
    this.#at = now;
    this.#tokens -= 1;
    return Math.max(0, -this.#tokens / this.#refillPerMs);
  }

  /** Pays for calls that a poll took beyond its first: the next one waits for them. */
  pay(calls: number): void {
    this.#tokens -= calls;
  }
}
