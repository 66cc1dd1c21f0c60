import { codeSpan, escapeMarkdown } from "./escape.ts";

/** A value of a report: plain text, or text shown as code. Escaped when it is rendered, never before. */
export type Cell = string | { readonly code: string };

export function renderCell(cell: Cell): string {
  return typeof cell === "string" ? escapeMarkdown(cell) : codeSpan(cell.code);
}

/** Code where there is a value, words where there is none. */
export function codeOr(value: string | undefined, otherwise: string): Cell {
  return value === undefined || value === "" ? otherwise : { code: value };
}
