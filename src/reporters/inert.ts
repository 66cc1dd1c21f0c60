import { printable } from "../drill/printable.ts";

/** Most text: nothing to do, and much faster to find than what there might be to do. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/** One line of text without anything that steers: no control, bidirectional or invisible characters. */
export function inertLine(text: string): string {
  if (PLAIN.test(text)) return text;
  return printable(text.replace(/\s*[\r\n]+\s*/g, " ").trim());
}
