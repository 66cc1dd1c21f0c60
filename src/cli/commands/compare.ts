import { printable, printableJson } from "../../drill/printable.ts";
import type { RunRecord } from "../../engine/record.ts";
import { compareRuns, type ComparedTime, type Comparison } from "../../evidence/history/compare-runs.ts";
import { formatDuration } from "../../time/duration.ts";
import { columns } from "../columns.ts";
import type { Io } from "../io.ts";
import { readRun } from "../runs/read-run.ts";
import { findRunFolder } from "../runs/run-folder.ts";

export interface CompareOptions {
  /** Run ids, beginnings of them, or `latest`. */
  readonly before: string;
  readonly after: string;
  readonly json?: boolean;
}

/** Two runs side by side: figures, phases, steps, and what changed in drill, versions and account. */
export async function compare(options: CompareOptions, io: Io): Promise<number> {
  const [before, after] = [await recordOf(io.cwd, options.before), await recordOf(io.cwd, options.after)];
  const comparison = compareRuns(before, after);
  const lines = [`${before.run.runId} -> ${after.run.runId}`, ...linesOf(comparison)];
  io.stdout.write(
    options.json
      ? `${printableJson(JSON.stringify(comparison, undefined, 2))}\n`
      : `${lines.map(printable).join("\n")}\n`,
  );
  return 0;
}

async function recordOf(cwd: string, name: string): Promise<RunRecord> {
  const { path } = await findRunFolder(cwd, name);
  return (await readRun(path)).record;
}

function linesOf({ facts, figures, phases, steps, drillChanges, fileChanges }: Comparison): readonly string[] {
  return [
    ...section("times", [...figures, ...phases.map((time) => ({ ...time, name: `phase ${time.name}` }))]),
    ...section("steps", steps),
    ...(facts.length > 0 ? ["", "changed"] : ["", "nothing changed in drill, versions and account"]),
    ...columns(facts.map(({ what, before, after }) => [`  ${what}`, before, "->", after])),
    ...(fileChanges.length > 0 ? ["", "files that its steps use", ...fileChanges.map((line) => `  ${line}`)] : []),
    ...(drillChanges.length > 0 ? ["", "drill file", ...drillChanges.map((line) => `  ${line}`)] : []),
  ];
}

function section(title: string, times: readonly ComparedTime[]): readonly string[] {
  const rows = times.map(({ name, before, after }) => [
    `  ${name}`,
    shown(before),
    "->",
    shown(after),
    change(before, after),
  ]);
  return rows.length > 0 ? ["", title, ...columns(rows)] : [];
}

function shown(ms: number | undefined): string {
  return ms === undefined ? "-" : formatDuration(ms);
}

/** Milliseconds that people can see. */
const WORTH_SAYING_MS = 50;

function change(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined) return "";
  const ms = after - before;
  if (Math.abs(ms) < WORTH_SAYING_MS) return "same";
  const percent = before > 0 ? ` (${ms > 0 ? "+" : ""}${Math.round((ms / before) * 100)} %)` : "";
  return `${ms > 0 ? "+" : ""}${formatDuration(ms)}${percent}`;
}
