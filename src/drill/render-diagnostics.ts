import type { Diagnostic } from "./diagnostic.ts";
import { columnsOf, printable } from "./printable.ts";

export interface RenderOptions {
  readonly color: boolean;
}

const TAB_WIDTH = 4;

/** Columns of a source line that are shown; a longer line is cut around the caret. */
const WIDEST_LINE = 120;

/** Columns of a cut line that are shown left of the caret. */
const LEAD = 40;

/** Diagnostics as people read them: place, problem, the line, a caret, what would be right. Ends in a line feed unless empty. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  return diagnostics.map((diagnostic) => renderOne(diagnostic, options)).join("");
}

function renderOne(diagnostic: Diagnostic, { color }: RenderOptions): string {
  const paint = painter(color);
  const mark = diagnostic.severity === "error" ? paint.red : paint.yellow;
  const gutter = " ".repeat(String(diagnostic.line).length);
  const { line, caret } = renderSource(diagnostic);
  const place = `${printable(diagnostic.path)}:${diagnostic.line}:${diagnostic.column}`;
  const lines = [
    `${paint.bold(place)}: ${mark(diagnostic.severity)}: ${printable(diagnostic.message)}`,
    `  ${paint.dim(`${diagnostic.line} |`)} ${line}`.trimEnd(),
    `  ${paint.dim(`${gutter} |`)} ${mark(caret)}`,
  ];
  if (diagnostic.hint !== undefined) lines.push(`  ${paint.dim(`${gutter} =`)} ${printable(diagnostic.hint)}`);
  return `${lines.join("\n")}\n\n`;
}

interface Cell {
  readonly text: string;
  readonly columns: number;
}

/** UTF-16 units of a line that are looked at, and how many of them left of the caret: a line may have 64 Ki. */
const LOOKED_AT = 600;
const LOOKED_AT_BEFORE = 200;

/** The line and its caret line, both in terminal columns: tabs expanded, wide and escaped characters counted. */
function renderSource({ sourceLine, column, length }: Diagnostic): { line: string; caret: string } {
  const start = column - 1 > LOOKED_AT_BEFORE ? column - 1 - LOOKED_AT_BEFORE : 0;
  const cells = cellsOf(sourceLine.slice(start, start + LOOKED_AT));
  const before = cellIndex(cells, column - 1 - start);
  const marked = Math.max(1, cellIndex(cells, column - 1 - start + length) - before);
  const from = start > 0 || widthOf(cells.slice(0, before)) > WIDEST_LINE - LEAD ? firstShown(cells, before) : 0;
  const to = lastShown(cells, from);
  const cutLeft = start > 0 || from > 0 ? "…" : "";
  const cutRight = to < cells.length || start + LOOKED_AT < sourceLine.length ? "…" : "";
  const text = cells.slice(from, to).map((cell) => cell.text);
  const indent = cutLeft.length + widthOf(cells.slice(from, before));
  const width = Math.max(1, widthOf(cells.slice(before, Math.min(before + marked, to))));
  return { line: cutLeft + text.join("") + cutRight, caret: " ".repeat(indent) + "^".repeat(width) };
}

interface PlacedCell extends Cell {
  /** UTF-16 offset in the line. */
  readonly offset: number;
}

function cellsOf(line: string): readonly PlacedCell[] {
  const cells: PlacedCell[] = [];
  let offset = 0;
  let columns = 0;
  for (const char of line) {
    const cell = char === "\t" ? tabCell(columns) : charCell(char);
    cells.push({ ...cell, offset });
    offset += char.length;
    columns += cell.columns;
  }
  return cells;
}

function tabCell(columns: number): Cell {
  const width = TAB_WIDTH - (columns % TAB_WIDTH);
  return { text: " ".repeat(width), columns: width };
}

function charCell(char: string): Cell {
  const text = printable(char);
  return { text, columns: text === char ? columnsOf(char) : text.length };
}

function cellIndex(cells: readonly PlacedCell[], offset: number): number {
  const index = cells.findIndex((cell) => cell.offset >= offset);
  return index === -1 ? cells.length : index;
}

function firstShown(cells: readonly Cell[], before: number): number {
  let from = before;
  for (let width = 0; from > 0 && width < LEAD; from--) width += cells[from - 1]?.columns ?? 1;
  return from;
}

function lastShown(cells: readonly Cell[], from: number): number {
  let to = from;
  for (let width = 0; to < cells.length; to++) {
    width += cells[to]?.columns ?? 1;
    if (width > WIDEST_LINE) break;
  }
  return to;
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { columns }) => sum + columns, 0);
}

function painter(color: boolean) {
  const style = (open: number, close: number) => (text: string) =>
    color ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), red: style(31, 39), yellow: style(33, 39) };
}
