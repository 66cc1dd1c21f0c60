import type { Timeline } from "./timeline.ts";
import type { Trend } from "./trend.ts";

/** How a value is meant; said in words as well, never by colour alone. */
export type Tone = "good" | "warn" | "bad" | "muted";

/** A value of a report: plain text, or text shown as code. Escaped when it is rendered, never before. */
export type Cell = string | { readonly code: string } | { readonly text: string; readonly tone: Tone };

export interface LabelledValue {
  readonly label: Cell;
  readonly value: Cell;
}

export interface Column {
  readonly label: string;
  readonly numeric: boolean;
}

export interface Table {
  /** What it is a table of, for who cannot see it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** About the rows that are left out; empty when all are shown. */
  readonly omitted: Cell;
}

/** A part of a section. Formats render each kind in their way. */
export type Block =
  | { readonly kind: "heading"; readonly heading: Cell }
  | { readonly kind: "text"; readonly text: Cell }
  | { readonly kind: "note"; readonly tone: Tone; readonly label: string; readonly note: Cell }
  | { readonly kind: "list"; readonly items: readonly Cell[] }
  | { readonly kind: "facts"; readonly caption: string; readonly facts: readonly LabelledValue[] }
  | { readonly kind: "table"; readonly table: Table }
  | { readonly kind: "commands"; readonly commands: readonly string[] }
  | { readonly kind: "timelines"; readonly timelines: readonly Timeline[] }
  | { readonly kind: "trend"; readonly trend: Trend };

export interface Section {
  /** From 1; the appendix has none. */
  readonly number?: number;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Measure {
  readonly label: string;
  readonly value: Cell;
  readonly note: Cell;
  readonly tone: Tone;
  /** Share of the target used, for a gauge; absent where there is none. */
  readonly fraction?: number;
}

/** A report, computed. What renders it decides nothing but looks. */
export interface ReportDocument {
  readonly title: string;
  readonly description: string;
  readonly runId: string;
  readonly emulated: boolean;
  /** What kind of run it was, where it was not one on AWS; empty where it was. */
  readonly simulated: string;
  readonly classification: Cell;
  readonly verdict: { readonly word: string; readonly tone: Tone; readonly reason: Cell };
  readonly measures: readonly Measure[];
  /** Sections 1 to 15, then the appendix. The banner is 0. */
  readonly sections: readonly Section[];
}
