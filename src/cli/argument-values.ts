import { InvalidArgumentError } from "commander";
import { parseDuration } from "../time/duration.ts";

/** Milliseconds of `92d`. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError("It is not a duration: write 30d, 26h, 90m.");
}

/** `2026-10-01`, a day that there is. */
export function day(text: string): string {
  const midnight = Date.parse(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && new Date(midnight || NaN).toJSON()?.startsWith(text)) return text;
  throw new InvalidArgumentError("It is not a day: write 2026-10-01.");
}

export function numberIn(text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It is not a number from ${least} to ${most}.`);
}
