/** When to look again: pure arithmetic, so that it can be tested by itself. All times in milliseconds. */

/** What is known about one wait. */
export interface Outlook {
  /** Since the wait began. */
  readonly ageMs: number;
  /** Until the estimated end; negative when it is overdue. */
  readonly etaMs?: number;
  /** The standard error of `etaMs`. */
  readonly sigmaMs?: number;
  /** From 0 to 1, where AWS tells it. */
  readonly progress?: number;
  /** The end cannot come before this many milliseconds from now: a schedule says so. */
  readonly notBeforeMs?: number;
  /** Nobody is timed by this wait: so long between looks is soon enough. */
  readonly unhurriedMs?: number;
}

export const FLOOR_MS = 1_000;
export const CEILING_MS = 5_000;
/** How long an estimate may silence a lane. */
export const LONGEST_QUIET_MS = 60_000;
/** How long a schedule may. */
export const LONGEST_SCHEDULED_QUIET_MS = 60 * 60_000;

/** The price of one call in seconds of detection error: the interval √(2k / Σ hazards) minimises calls · k + error. */
const K_SECONDS = 0.1;
const JITTER = 0.1;
/** What has hardly begun seldom ends soon, but progress need not be told step by step. */
const DOUBT = 0.05;

/**
 * The delay until the next poll of a lane that serves all of these waits. `random` is in [0, 1).
 * Between floor and ceiling, but longer while no wait can end: up to a minute on an estimate, up to an hour on a schedule.
 */
export function nextPollDelay(outlooks: readonly Outlook[], random: number): number {
  const quiet = outlooks.map(quietFor);
  const longest = Math.min(...quiet);
  if (longest > CEILING_MS) return longest;
  const hazard = outlooks.reduce(
    (sum, outlook, index) => sum + (quiet[index]! > CEILING_MS ? 0 : hazardOf(outlook)),
    0,
  );
  const seconds = Math.sqrt((2 * K_SECONDS) / hazard);
  const jittered = seconds * 1000 * (1 + JITTER * (2 * random - 1));
  return Math.min(CEILING_MS, Math.max(FLOOR_MS, jittered));
}

/** How long this wait surely needs no look; 0 when it may end any moment. */
function quietFor({ notBeforeMs, unhurriedMs, etaMs, sigmaMs }: Outlook): number {
  const scheduled = Math.min(notBeforeMs ?? 0, LONGEST_SCHEDULED_QUIET_MS);
  const estimated = etaMs === undefined ? 0 : Math.min(etaMs - 2 * (sigmaMs ?? etaMs), LONGEST_QUIET_MS);
  return Math.max(0, scheduled, estimated, unhurriedMs ?? 0);
}

/** The chance per second that the wait ends now, given that it has not ended yet. */
function hazardOf({ ageMs, etaMs, sigmaMs, progress = 1 }: Outlook): number {
  if (etaMs === undefined || sigmaMs === undefined) return Math.max(progress, DOUBT) / Math.max(1, ageMs / 1000);
  const z = -etaMs / sigmaMs;
  // Long overdue: the estimate was wrong, and how long it is overdue is all that is known.
  if (z > 3) return 1 / Math.max(1, -etaMs / 1000);
  // Birnbaum's bound of the normal distribution's hazard.
  return (z + Math.sqrt(z * z + 4)) / ((2 * sigmaMs) / 1000);
}
