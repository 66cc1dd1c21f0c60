import { formatDuration } from "../../time/duration.ts";
import { bounded } from "../bounded.ts";
import { counted, formatInstant } from "../wording.ts";
import type { Block, Cell, Column, LabelledValue, Table } from "./document.ts";

/** What people were to fill in and did not. Shown, never hidden. */
export const NOT_PROVIDED: Cell = { text: "not provided", tone: "muted" };

export function provided(value: string | undefined): Cell {
  return value === undefined || value.trim() === "" ? NOT_PROVIDED : value;
}

/** Code where there is a value, words where there is none. */
export function codeOr(value: string | undefined, otherwise: Cell): Cell {
  return value === undefined || value === "" ? otherwise : { code: value };
}

export interface Duration {
  readonly durationMs?: number | undefined;
  readonly wallClock?: boolean | undefined;
}

/** A duration that goes on across a cut-off is no measurement by one clock: it says so. */
export function measured({ durationMs, wallClock }: Duration, otherwise: Cell = "–"): Cell {
  if (durationMs === undefined) return otherwise;
  return wallClock ? { text: `${formatDuration(durationMs)}, wall clock`, tone: "warn" } : formatDuration(durationMs);
}

export function durationOr(ms: number | undefined, otherwise: Cell): Cell {
  return ms === undefined ? otherwise : formatDuration(ms);
}

export function instantOr(iso: string | undefined, otherwise: Cell): Cell {
  return iso === undefined ? otherwise : formatInstant(iso);
}

export function facts(caption: string, rows: readonly (readonly [label: Cell, value: Cell | undefined])[]): Block {
  const known = rows.flatMap(([label, value]): LabelledValue[] => (value === undefined ? [] : [{ label, value }]));
  return { kind: "facts", caption, facts: known };
}

/** Column heads; one that begins with `#` is of numbers. */
export function columns(...labels: readonly string[]): readonly Column[] {
  return labels.map((label) => ({ label: label.replace(/^#(?=.)/, ""), numeric: label.startsWith("#") }));
}

export interface TableOf<T> {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly all: readonly T[];
  readonly most: number;
  /** Names what is left out. */
  readonly noun: string;
  row(one: T): readonly Cell[];
}

/** The first `most` rows; how many are left out is said. */
export function tableOf<T>({ caption, columns: heads, all, most, noun, row }: TableOf<T>): Table {
  const { shown, hidden } = bounded(all, most);
  return { caption, columns: heads, rows: shown.map(row), omitted: omission(hidden, noun) };
}

/** A table, or one sentence where there is nothing to show. */
export function tableOr(table: Table, otherwise: string): Block {
  return table.rows.length === 0 ? { kind: "text", text: otherwise } : { kind: "table", table };
}

export function omission(hidden: number, noun: string): string {
  return hidden === 0 ? "" : `${counted(hidden, `further ${noun}`)} not listed here; the journal has all of them.`;
}
