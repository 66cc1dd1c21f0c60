import { counted } from "./wording.ts";

/** What AWS or a program says can be megabytes; the journal has all of it. */
const LONGEST = 4_000;

/** Text that is short enough for a report, and says what it lacks. */
export function clipped(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST)}… (${counted(text.length - LONGEST, "further character")})`;
}
