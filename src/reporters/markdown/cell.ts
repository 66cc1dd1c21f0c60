import { clipped } from "../clipped.ts";
import type { Cell } from "../document/document.ts";
import { codeSpan, escapeMarkdown } from "./escape.ts";

export function renderCell(cell: Cell): string {
  if (typeof cell === "string") return escapeMarkdown(clipped(cell));
  return "code" in cell ? codeSpan(clipped(cell.code)) : escapeMarkdown(clipped(cell.text));
}
