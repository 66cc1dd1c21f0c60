import type { CreateRule } from "@aws-sdk/client-dlm";

/** When a lifecycle policy's schedule makes snapshots: pure arithmetic on epoch milliseconds, all in UTC. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** "The operation occurs within a one-hour window following the specified time" (DLM, CreateRule.Times). */
export const WINDOW_MS = HOUR_MS;

/** Between which instants the next snapshot must appear. */
export interface SnapshotWindow {
  readonly from: number;
  readonly to: number;
}

/**
 * The window of the first snapshot that is made at or after `since`. An occurrence whose window is still open at `since` may
 * have made its snapshot already, so the window reaches to the end of the next one. Undefined for a rule that cannot be read.
 */
export async function nextWindow(rule: CreateRule, since: number): Promise<SnapshotWindow | undefined> {
  const next = await occurrences(rule);
  if (!next) return undefined;
  const first = next(since - WINDOW_MS);
  const after = next(since);
  if (first === undefined || after === undefined) return undefined;
  return { from: Math.max(since, first), to: after + WINDOW_MS };
}

/** Enough to see the longest gap of a schedule by weekdays. */
const OCCURRENCES = 60;

/** The longest time between two occurrences of a rule, among the next ones. Undefined for a rule that cannot be read. */
export async function longestIntervalMs(rule: CreateRule, since: number): Promise<number | undefined> {
  if (rule.Interval && !rule.CronExpression) return rule.Interval * HOUR_MS;
  const next = await occurrences(rule);
  let longest: number | undefined;
  let at = next?.(since);
  for (let count = 0; at !== undefined && count < OCCURRENCES; count++) {
    const following = next?.(at);
    if (following !== undefined) longest = Math.max(longest ?? 0, following - at);
    at = following;
  }
  return longest;
}

type NextOccurrence = (after: number) => number | undefined;

async function occurrences(rule: CreateRule): Promise<NextOccurrence | undefined> {
  if (rule.CronExpression) return cronOccurrences(rule.CronExpression);
  if (!rule.Interval) return undefined;
  const intervalMs = rule.Interval * HOUR_MS;
  const time = /^(\d{2}):(\d{2})$/.exec(rule.Times?.[0] ?? "");
  // Without a time DLM picks one itself, some time within 24 hours.
  if (!time) return (after) => after + Math.max(intervalMs, DAY_MS);
  const phase = Number(time[1]) * HOUR_MS + Number(time[2]) * 60_000;
  return (after) => after + intervalMs - positiveModulo(after - phase, intervalMs);
}

/** AWS's own form (EventBridge User Guide, cron expressions): `cron(minute hour day-of-month month day-of-week year)`; weekdays count from 1 for Sunday. */
async function cronOccurrences(expression: string): Promise<NextOccurrence | undefined> {
  const fields = /^cron\(([^()]{1,100})\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== 6) return undefined;
  const { Cron } = await import("croner");
  // AWS's ? means "no value here", its L among weekdays the last of a week, and it counts on from a number: 0/6.
  const read = fields.map((field, at) => (field === "?" ? "*" : at === 4 && field === "L" ? "7" : field));
  try {
    const options = { timezone: "UTC", alternativeWeekdays: true, mode: "7-part", sloppyRanges: true } as const;
    const cron = new Cron(`0 ${read.join(" ")}`, options);
    return (after) => cron.nextRun(new Date(after))?.getTime();
  } catch {
    return undefined;
  }
}

function positiveModulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
