import { counted } from "../wording.ts";
import { codeSpan, escapeMarkdown } from "./escape.ts";

/** A value of a report: plain text, or text shown as code. Escaped when it is rendered, never before. */
export type Cell = string | { readonly code: string };

export function renderCell(cell: Cell): string {
  return typeof cell === "string" ? escapeMarkdown(clipped(cell)) : codeSpan(clipped(cell.code));
}

/** What AWS or a program says can be megabytes; the journal has all of it. */
const LONGEST = 4_000;

function clipped(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST)}… (${counted(text.length - LONGEST, "further character")})`;
}

/** Code where there is a value, words where there is none. */
export function codeOr(value: string | undefined, otherwise: string): Cell {
  return value === undefined || value === "" ? otherwise : { code: value };
}
