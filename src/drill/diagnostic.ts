import type { TextRange } from "./expression-error.ts";

export type Severity = "error" | "warning";

/** What is wrong, without its place. */
export interface Problem {
  /** Stable, kebab-case, for programs: `unknown-step-kind`. */
  readonly code: string;
  /** One line: what is wrong. May hold text of the file, unescaped. */
  readonly message: string;
  /** What would be right. */
  readonly hint?: string;
}

/** A problem of a drill file with its place. */
export interface Diagnostic extends Problem {
  readonly severity: Severity;
  /** The file as the caller named it. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  /** How many UTF-16 units of the line are meant; 0 only at the end of a line. */
  readonly length: number;
  /** The whole line without its line break, unescaped. */
  readonly sourceLine: string;
}

/** Collects the diagnostics of one file and places them. */
export class DiagnosticList {
  readonly #path: string;
  readonly #text: string;
  readonly #lineStarts: readonly number[];
  readonly #placed: { readonly offset: number; readonly diagnostic: Diagnostic }[] = [];
  #errors = 0;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    const starts = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** The number, from 1, of the line that holds the offset. */
  lineOf(offset: number): number {
    return this.#lineAt(offset) + 1;
  }

  error(range: TextRange, problem: Problem): void {
    this.#errors++;
    this.#add("error", range, problem);
  }

  warning(range: TextRange, problem: Problem): void {
    this.#add("warning", range, problem);
  }

  /** In the order of the file. The same problem at the same place is told once. */
  toArray(): readonly Diagnostic[] {
    const seen = new Set<string>();
    return this.#placed
      .toSorted((a, b) => a.offset - b.offset)
      .map(({ diagnostic }) => diagnostic)
      .filter(({ line, column, code, message }) => {
        const key = JSON.stringify([line, column, code, message]);
        return !seen.has(key) && seen.add(key);
      });
  }

  #add(severity: Severity, range: TextRange, problem: Problem): void {
    const offset = Math.max(0, Math.min(range.start, this.#text.length));
    const line = this.#lineAt(offset);
    const lineStart = this.#lineStarts[line] ?? 0;
    const lineEnd = (this.#lineStarts[line + 1] ?? this.#text.length + 1) - 1;
    const withoutBreak = this.#text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
    const sourceLine = this.#text.slice(lineStart, Math.max(lineStart, withoutBreak));
    const column = Math.min(offset - lineStart, sourceLine.length);
    const length = Math.max(0, Math.min(range.end, lineStart + sourceLine.length) - lineStart - column);
    this.#placed.push({
      offset,
      diagnostic: { ...problem, severity, path: this.#path, line: line + 1, column: column + 1, length, sourceLine },
    });
  }

  /** The index of the line that holds the offset. */
  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
