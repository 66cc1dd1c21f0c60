/** The only source of time in gameday. Nothing else in `src/` may call Date, performance or setTimeout. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May have a fraction. */
  now(): number;
  /** Milliseconds on a scale that never goes back. Only differences mean anything. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds. Rejects with `signal.reason` as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Runs work whose duration is real: an HTTP call, a child process, a disk sync, a person's answer.
   * A virtual clock does not jump while any such work is going on; the system clock just runs it.
   */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** So far, oldest first; absent where the clock cannot jump unseen. {@link monotonic} counts the forward ones as passed. */
  readonly jumps?: readonly ClockJump[];
}

/** The wall clock went on by more (or, negative, by less) than the steady one between two looks. Epoch milliseconds. */
export interface ClockJump {
  readonly byMs: number;
  readonly from: number;
  readonly to: number;
}

/** An ISO 8601 UTC instant with milliseconds, the one format gameday writes. */
export function isoInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Clocks of two machines that are further apart cannot be compared to the second that reports print. */
export const CLOCKS_APART_MS = 5_000;
