import type { Clock } from "./clock.ts";

interface Sleeper {
  readonly due: number;
  readonly order: number;
  wake(): void;
}

export interface VirtualClockOptions {
  /** Epoch milliseconds the clock starts at; the machine's present by default. */
  readonly startAt?: number;
  /**
   * How many virtual milliseconds pass in a real one while nothing is skipped; 1 by default. With 0 time passes by skips
   * alone, so what a busy machine adds is not in it.
   */
  readonly speed?: number;
  /** Told of each jump before it is made: how the clock of another process (a sandbox of its own) is made to follow. */
  readonly lead?: (ms: number) => Promise<void>;
  /** Whether the clock skips waits by itself when everything in the process waits on it. */
  readonly jumps?: boolean;
}

/**
 * Real elapsed time plus skipped waits. When every piece of work in the process waits on this clock it jumps to the
 * next due instant, so a policy that snapshots at 23:45 takes no longer to rehearse than its HTTP calls do.
 *
 * Work that takes real time must be wrapped in {@link Clock.during}; file system requests of the process are seen without it.
 */
export class VirtualClock implements Clock {
  readonly #speed: number;
  readonly #jumps: boolean;
  readonly #lead: ((ms: number) => Promise<void>) | undefined;
  readonly #startAt: number;
  readonly #realStart = performance.now();
  #skipped = 0;
  #going = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];
  #checkScheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: VirtualClockOptions = {}) {
    this.#startAt = options.startAt ?? performance.timeOrigin + performance.now();
    this.#speed = options.speed ?? 1;
    this.#jumps = options.jumps ?? true;
    this.#lead = options.lead;
  }

  now(): number {
    return this.#startAt + this.monotonic();
  }

  monotonic(): number {
    return (performance.now() - this.#realStart) * this.#speed + this.#skipped;
  }

  /** Skips `ms` milliseconds ahead and wakes every sleeper that became due. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`a clock cannot be advanced by ${ms} ms`);
    this.#skipped += ms;
    this.#wakeDue();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        this.#armTimer();
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        due: this.monotonic() + Math.max(0, ms),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.push(sleeper);
      this.#sleepers.sort((a, b) => a.due - b.due || a.order - b.order);
      this.#armTimer();
      this.#scheduleCheck();
    });
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#going++;
    try {
      return await work();
    } finally {
      this.#going--;
      this.#scheduleCheck();
    }
  }

  /** The real timer covers the time in which a jump is not allowed. */
  #armTimer(): void {
    clearTimeout(this.#timer);
    const next = this.#sleepers[0];
    if (!next) return;
    const realMs = Math.max(0, next.due - this.monotonic()) / this.#speed;
    this.#timer = setTimeout(() => this.#wakeDue(), Math.min(realMs, 2 ** 31 - 1));
  }

  #wakeDue(): void {
    const now = this.monotonic();
    // A timer may fire a fraction of a millisecond early; half a millisecond is below what anybody measures.
    while (this.#sleepers[0] && this.#sleepers[0].due <= now + 0.5) this.#sleepers.shift()!.wake();
    this.#armTimer();
    this.#scheduleCheck();
  }

  /** Lets everything that is ready run first, then jumps if the process is quiet. */
  #scheduleCheck(): void {
    if (!this.#jumps || this.#checkScheduled) return;
    this.#checkScheduled = true;
    let turns = 0;
    const check = () => {
      turns = this.#busy() ? 0 : turns + 1;
      if (this.#going > 0 || this.#sleepers.length === 0) {
        this.#checkScheduled = false;
      } else if (turns < QUIET_TURNS) {
        setImmediate(check);
      } else {
        this.#checkScheduled = false;
        void this.#jump();
      }
    };
    setImmediate(check);
  }

  #busy(): boolean {
    // FSReqPromise, FSReqCallback, CloseReq: the file system requests that Node lists while they are going on.
    return this.#going > 0 || process.getActiveResourcesInfo().some((resource) => resource.includes("Req"));
  }

  async #jump(): Promise<void> {
    const next = this.#sleepers[0];
    if (!next) return;
    const ms = Math.max(0, next.due - this.monotonic());
    if (this.#lead) await this.during(() => this.#lead!(ms));
    this.#skipped += ms;
    this.#wakeDue();
  }
}

/** Event-loop turns without work before the clock jumps: enough for a chain of promises to reach its next wait. */
const QUIET_TURNS = 3;
