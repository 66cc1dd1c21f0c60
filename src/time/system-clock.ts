import type { Clock, ClockJump } from "./clock.ts";

/** What a wall clock and a steady one may part by between two looks: a second, and what setting a clock softly does. */
const MARGIN_MS = 1_000;
const SOFTLY = 0.001;

export interface ClockSources {
  /** Epoch milliseconds, as the machine's owner or a time server sets them. */
  wall(): number;
  /** Milliseconds that nobody sets; they stand still while the machine sleeps or is paused. */
  steady(): number;
}

/**
 * A machine's clock. Where its two sources part (sleep, a paused machine, a time that was set) the larger time counts as having
 * passed, and the parting is kept for whoever journals.
 */
export class MachineClock implements Clock {
  readonly #sources: ClockSources;
  readonly #jumps: ClockJump[] = [];
  #wall: number;
  #steady: number;
  #stoodStill = 0;

  constructor(sources: ClockSources) {
    this.#sources = sources;
    this.#wall = sources.wall();
    this.#steady = sources.steady();
  }

  get jumps(): readonly ClockJump[] {
    return this.#jumps;
  }

  now(): number {
    return this.#sources.wall();
  }

  monotonic(): number {
    const wall = this.#sources.wall();
    const steady = this.#sources.steady();
    const byMs = wall - this.#wall - (steady - this.#steady);
    if (Math.abs(byMs) > MARGIN_MS + (steady - this.#steady) * SOFTLY) {
      this.#jumps.push({ byMs, from: this.#wall, to: wall });
      this.#stoodStill += Math.max(0, byMs);
    }
    this.#wall = wall;
    this.#steady = steady;
    return steady + this.#stoodStill;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return realSleep(ms, signal);
  }

  during<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}

/** The machine's own clock. */
export const systemClock: Clock = new MachineClock({ wall: () => Date.now(), steady: () => performance.now() });

/** Longest delay a Node timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export async function realSleep(ms: number, signal?: AbortSignal): Promise<void> {
  let left = ms;
  while (left > LONGEST_TIMER_MS) {
    await timer(LONGEST_TIMER_MS, signal);
    left -= LONGEST_TIMER_MS;
  }
  await timer(left, signal);
}

function timer(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timeout);
      reject(signal?.reason);
    };
    const timeout = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
