/**
 * What must never reach a terminal as it is: control characters (ANSI sequences start with one), bidirectional controls,
 * line separators, invisible characters, unpaired surrogates.
 */
const UNPRINTABLE =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

/** Text from a file or from AWS, safe to write to a terminal on one line: `\u{1b}` in place of an escape character. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** JSON text of the same value in which nothing is left that steers a terminal: written as JSON's own escapes. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE_IN_JSON, escapeUnits);
}

const UNPRINTABLE_IN_JSON = new RegExp(`(?![\\n\\r\\t])(?:${UNPRINTABLE.source})`, "gu");

function escapeUnits(char: string): string {
  const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/** As {@link printable}, with line feeds kept. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\ufe00-\ufe0f]$/u;
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}])$/u;

/** Columns a terminal needs for one printable character. */
export function columnsOf(char: string): number {
  if (ZERO_WIDTH.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}
