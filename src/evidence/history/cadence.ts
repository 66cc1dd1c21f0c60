import { parseDuration } from "../../time/duration.ts";

const MONTHS: Readonly<Record<string, number>> = { monthly: 1, quarterly: 3, yearly: 12 };

/** The epoch milliseconds at which a drill is due again after `since`; undefined for what is no cadence. */
export function nextDue(cadence: string, since: number): number | undefined {
  const months = MONTHS[cadence];
  if (months !== undefined) return addMonths(since, months);
  const duration = parseDuration(cadence);
  return duration === undefined ? undefined : since + duration;
}

/** The same day of a later month, or its last day where that month is shorter. */
function addMonths(since: number, months: number): number {
  const from = new Date(since);
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1);
  const inMonth = new Date(first);
  const lastDay = new Date(Date.UTC(inMonth.getUTCFullYear(), inMonth.getUTCMonth() + 1, 0)).getUTCDate();
  const day = Math.min(from.getUTCDate(), lastDay);
  return first + (day - 1) * 86_400_000 + (since % 86_400_000);
}
