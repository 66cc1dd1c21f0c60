import { InvalidArgumentError } from "commander";
import { parseDuration } from "../time/duration.ts";

/** Milliseconds of `92d`. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError("It is not a duration: write 30d, 26h, 90m.");
}

export function numberIn(text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It is not a number from ${least} to ${most}.`);
}
