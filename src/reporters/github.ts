import type { Result } from "../evidence/result/result.ts";
import { clipped } from "./clipped.ts";
import type { Cell, Section } from "./document/document.ts";
import { documentOf } from "./document/document-of.ts";
import { inertLine } from "./inert.ts";
import { renderCell } from "./markdown/cell.ts";

/** GitHub refuses a step's summary of more than 1 MiB; what others write to it must fit as well. */
const MOST_BYTES = 900 * 1024;
/** GitHub shows ten annotations of each kind for a step. */
const MOST_ANNOTATIONS = 10;

/** Markdown for a job's summary page: verdict and figures, then what did not go well; the rest is folded. */
export function renderJobSummary(result: Result): string {
  const document = documentOf(result);
  const figures = document.measures.map(
    ({ label, value, note }) => `| ${renderCell(label)} | ${renderCell(value)} | ${renderCell(note)} |`,
  );
  const failed = result.steps.filter(({ status }) => !["passed", "skipped", "not executed"].includes(status));
  const lines = [
    `## ${renderCell(document.verdict.word)} · ${renderCell(document.title)}`,
    "",
    renderCell(document.verdict.reason),
    "",
    "| | | |",
    "| --- | --- | --- |",
    ...figures,
    "",
    ...(failed.length === 0 ? [] : ["### Steps that did not pass", "", ...failed.slice(0, 100).map(stepLine), ""]),
    ...document.sections.filter(({ number }) => number === 8 || number === 10).flatMap(folded),
    `Run ${renderCell({ code: document.runId })}. Evidence for, not certification of.`,
  ];
  return within(lines, MOST_BYTES);
}

function stepLine({ instance, status, failure, reason = "" }: Result["steps"][number]): string {
  return `* ${renderCell({ code: instance })} ${renderCell(status)}: ${renderCell(failure?.message ?? reason)}`;
}

function folded({ title, blocks }: Section): readonly string[] {
  const tables = blocks.flatMap((block) => (block.kind === "table" ? [block.table] : []));
  if (tables.length === 0) return [];
  const row = (cells: readonly Cell[]) => `| ${cells.map(renderCell).join(" | ")} |`;
  return [
    `<details><summary>${renderCell(title)}</summary>`,
    "",
    ...tables.flatMap((table) => [
      row(table.columns.map(({ label }) => label)),
      `|${" --- |".repeat(table.columns.length)}`,
      ...table.rows.map(row),
      "",
    ]),
    "</details>",
    "",
  ];
}

function within(lines: readonly string[], most: number): string {
  let bytes = 0;
  const kept = lines.filter((line) => (bytes += Buffer.byteLength(line) + 1) <= most);
  const cut = kept.length < lines.length ? [`${lines.length - kept.length} further lines are in the report.`] : [];
  return [...kept, ...cut].map((line) => `${line}\n`).join("");
}

/** Workflow commands that mark failures in the drill file. */
export function annotations(result: Result, drillFile = result.drill.file): readonly string[] {
  const failures = result.failures.slice(0, MOST_ANNOTATIONS).map(({ where, code, message, line, next }) => {
    const text = next === undefined ? message : `${message}\nnext: ${next}`;
    return command("error", { file: drillFile, line, title: `${where}: ${code}` }, text);
  });
  const warnings = result.deviations
    .filter(({ severity, code }) => severity === "warning" || code === "objective-missed")
    .slice(0, MOST_ANNOTATIONS)
    .map(({ severity, code, description }) =>
      command(severity === "critical" ? "error" : "warning", { file: drillFile, title: code }, description),
    );
  return [...failures, ...warnings];
}

function command(
  name: "error" | "warning",
  properties: Readonly<Record<string, string | number | undefined>>,
  message: string,
): string {
  const given = Object.entries(properties)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${propertyValue(String(value))}`]))
    .join(",");
  const lines = clipped(message)
    .split(/\r\n?|\n/)
    .map(inertLine);
  return `::${name} ${given}::${escapeData(lines.join("\n"))}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function propertyValue(text: string): string {
  return escapeData(inertLine(clipped(text)))
    .replaceAll(":", "%3A")
    .replaceAll(",", "%2C");
}
