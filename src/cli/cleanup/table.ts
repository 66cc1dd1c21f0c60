import { printable } from "../../drill/printable.ts";
import { nameOf } from "../../engine/ledger.ts";
import { formatDuration } from "../../time/duration.ts";
import { systemClock } from "../../time/system-clock.ts";
import type { Leftover } from "./leftover.ts";

const HEAD = ["RUN", "DRILL", "KIND", "ID", "REGION", "AGE", "EXPIRES", ""] as const;

/** One line for each leftover; the last column says what is done with it, and why. */
export function leftoverTable(rows: readonly (readonly [leftover: Leftover, what: string])[]): string {
  const lines = rows.map(([leftover, what]) => cells(leftover, what));
  const widths = HEAD.map((head, column) => Math.max(head.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const row = (line: readonly string[]) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [HEAD, ...lines].map((line) => `${row(line)}\n`).join("");
}

/** Names and tags are whoever's; they must not draw on the terminal. */
function cells({ runId, drill, entry, since, expires }: Leftover, what: string): readonly string[] {
  const id = nameOf(entry);
  const ageMs = Math.max(0, systemClock.now() - since);
  return [runId, drill || "?", entry.kind, id, entry.region, formatDuration(ageMs), expires ?? "", what].map(printable);
}
