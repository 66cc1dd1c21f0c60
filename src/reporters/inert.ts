import { printable } from "../drill/printable.ts";

/** One line of text without anything that steers: no control, bidirectional or invisible characters. */
export function inertLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, " ").trim());
}
