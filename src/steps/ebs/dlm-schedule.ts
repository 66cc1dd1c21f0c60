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

/** More than a year: every weekday, month and end of a month is in it. */
const HORIZON_MS = 400 * DAY_MS;

/**
 * The longest time between two occurrences of a rule, among those of more than a year. Undefined for a rule that cannot be read, and
 * for one that ends: after its last occurrence no time is the longest.
 */
export async function longestIntervalMs(rule: CreateRule, since: number): Promise<number | undefined> {
  if (!rule.CronExpression) return rule.Interval && rule.Interval * HOUR_MS;
  const fields = cronFields(rule.CronExpression);
  const next = fields && (await cronOccurrences(fields));
  const nextDay = fields && (await cronOccurrences(["0", "0", ...fields.slice(2)]));
  const days = allBetween(nextDay, since - DAY_MS, since + HORIZON_MS);
  const [firstDay] = days ?? [];
  if (!days || firstDay === undefined) return undefined;
  // Every such day has the same times, so that a gap lies within a day or between two.
  const times = allBetween(next, firstDay - 1, firstDay + DAY_MS - 1)?.slice(0, -1) ?? [];
  const overNight = (times[0] ?? 0) - (times.at(-1) ?? 0);
  return Math.max(...gapsOf(times), ...gapsOf(days).map((gap) => gap + overNight));
}

/** Those after `from`, and the first after `to`; undefined where there is none such any more. */
function allBetween(next: NextOccurrence | undefined, from: number, to: number): readonly number[] | undefined {
  const found: number[] = [];
  for (let at = next?.(from); at !== undefined; at = next?.(at)) {
    found.push(at);
    if (at > to && found.length > 1) return found;
  }
  return undefined;
}

function gapsOf(instants: readonly number[]): readonly number[] {
  return instants.slice(1).map((at, index) => at - instants[index]!);
}

type NextOccurrence = (after: number) => number | undefined;

async function occurrences(rule: CreateRule): Promise<NextOccurrence | undefined> {
  if (rule.CronExpression) {
    const fields = cronFields(rule.CronExpression);
    return fields && cronOccurrences(fields);
  }
  if (!rule.Interval) return undefined;
  const intervalMs = rule.Interval * HOUR_MS;
  const time = /^(\d{2}):(\d{2})$/.exec(rule.Times?.[0] ?? "");
  // Without a time DLM picks one itself, some time within 24 hours.
  if (!time) return (after) => after + Math.max(intervalMs, DAY_MS);
  const phase = Number(time[1]) * HOUR_MS + Number(time[2]) * 60_000;
  return (after) => after + intervalMs - positiveModulo(after - phase, intervalMs);
}

/** AWS's own form (EventBridge User Guide, cron expressions): `cron(minute hour day-of-month month day-of-week year)`; weekdays count from 1 for Sunday. */
function cronFields(expression: string): readonly string[] | undefined {
  const fields = /^cron\(([^()]{1,100})\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  return fields?.length === 6 ? fields : undefined;
}

async function cronOccurrences(fields: readonly string[]): Promise<NextOccurrence | undefined> {
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
