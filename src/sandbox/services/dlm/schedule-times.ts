import { Cron } from "croner";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** When a schedule creates snapshots. */
export interface CreateTimes {
  /** The first time after `after`, in epoch milliseconds; undefined when there is none any more. */
  next(after: number): number | undefined;
}

/** Every `hours` hours, once a day at `timeOfDay` (`hh:mm`, UTC). Hours divide a day. */
export function everyHours(hours: number, timeOfDay: string): CreateTimes {
  const [hour = 0, minute = 0] = timeOfDay.split(":").map(Number);
  const phase = hour * HOUR_MS + minute * 60_000;
  const interval = hours * HOUR_MS;
  return { next: (after) => after + interval - modulo(after - phase, interval) };
}

/** By AWS's `cron(minute hour day-of-month month day-of-week year)`, in UTC. Throws for what it cannot read. */
export function byCron(expression: string): CreateTimes {
  const fields = /^cron\(([^()]{1,80})\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== 6) throw new SyntaxError(`not a cron expression of six fields: ${expression}`);
  // AWS's ? means "no value here"; croner's would be the present moment.
  const pattern = `0 ${fields.map((field) => (field === "?" ? "*" : field)).join(" ")}`;
  // AWS counts weekdays from 1 for Sunday, and knows 0/15.
  const cron = new Cron(pattern, { timezone: "UTC", mode: "7-part", alternativeWeekdays: true, sloppyRanges: true });
  return { next: (after) => cron.nextRun(new Date(after))?.getTime() };
}

/** The least time between two of the next `runs` runs; undefined when there are fewer than two. */
export function leastGapMs(times: CreateTimes, from: number, runs: number): number | undefined {
  let least: number | undefined;
  let previous = times.next(from);
  for (let run = 1; run < runs && previous !== undefined; run++) {
    const next = times.next(previous);
    if (next !== undefined) least = Math.min(least ?? Infinity, next - previous);
    previous = next;
  }
  return least;
}

/** The end of a retention of so many days, weeks, months or years that begins at `from`; calendar months and years, UTC. */
export function retainedUntil(from: number, interval: number, unit: string): number {
  if (unit === "DAYS") return from + interval * DAY_MS;
  if (unit === "WEEKS") return from + interval * 7 * DAY_MS;
  const end = new Date(from);
  const months = unit === "YEARS" ? 12 * interval : interval;
  const day = end.getUTCDate();
  end.setUTCMonth(end.getUTCMonth() + months);
  // 31 January plus a month is the last day of February, not the third of March.
  if (end.getUTCDate() !== day) end.setUTCDate(0);
  return end.getTime();
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
