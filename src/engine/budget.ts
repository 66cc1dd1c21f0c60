import { setMaxListeners } from "node:events";
import { formatDuration } from "../time/duration.ts";
import type { Clock } from "../time/clock.ts";
import { Failure } from "./failure.ts";

/** A time budget that several pieces of work share. */
export interface Budget {
  /** Aborts with a failure when it is spent. */
  readonly signal: AbortSignal;
  leftMs(): number;
}

/** Runs work that has a time budget of its own. `stop` ends it sooner. */
export async function withinBudget<T>(
  clock: Clock,
  budgetMs: number,
  work: (budget: Budget) => Promise<T>,
  stop: AbortSignal = new AbortController().signal,
): Promise<T> {
  const ends = clock.monotonic() + budgetMs;
  const limit = { clock, limitMs: budgetMs, failure: budgetSpent(budgetMs), outer: stop };
  return limited(limit, (signal) => work({ signal, leftMs: () => Math.max(0, ends - clock.monotonic()) }));
}

/** Runs one piece of the work: what hangs gets half of what is left, and never what the others need. */
export async function withinPart<T>(
  clock: Clock,
  budget: Budget,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limitMs = budget.leftMs() / 2;
  return limited({ clock, limitMs, failure: hangs(limitMs), outer: budget.signal }, work);
}

interface Limit {
  readonly clock: Clock;
  readonly limitMs: number;
  /** What the signal aborts with. */
  readonly failure: Failure;
  /** Ends the work, too. */
  readonly outer: AbortSignal;
}

async function limited<T>(
  { clock, limitMs, failure, outer }: Limit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  // Each of many parts listens to it.
  setMaxListeners(0, stop.signal);
  const done = new AbortController();
  const forward = () => stop.abort(outer.reason);
  if (outer.aborted) forward();
  outer.addEventListener("abort", forward);
  const timer = clock.sleep(limitMs, done.signal).then(
    () => stop.abort(failure),
    () => undefined,
  );
  try {
    return await work(stop.signal);
  } finally {
    outer.removeEventListener("abort", forward);
    done.abort();
    await timer;
  }
}

function budgetSpent(budgetMs: number): Failure {
  return new Failure({
    code: "teardown-timed-out",
    message: `teardown did not end within its budget of ${formatDuration(budgetMs)}`,
    fixer: "operator",
    next: "raise safety.teardownBudget in the drill file, and delete what the report lists",
    consequence: "timeout",
  });
}

function hangs(limitMs: number): Failure {
  return new Failure({
    code: "destroy-hangs",
    message: `its destruction did not end within ${formatDuration(limitMs)}, half of what was left of teardown's budget`,
    fixer: "operator",
    next: "if it only needs longer, raise safety.teardownBudget in the drill file; then gameday resume",
    consequence: "timeout",
  });
}
