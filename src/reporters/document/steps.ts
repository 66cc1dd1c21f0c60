import type { Result } from "../../evidence/result/result.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { bounded, weightiest } from "../bounded.ts";
import { formatBytes, formatInstant, grouped } from "../wording.ts";
import { codeOr, columns, facts, instantOr, measured, omission, tableOf } from "./cells.ts";
import type { Block, Cell, Section, Table, Tone } from "./document.ts";

type Step = Result["steps"][number];

const MOST_ROWS = 200;
const MOST_CHECKS = 50;
const MOST_DIFFERENCES = 50;

/** Of very many steps: those that did not pass, then the slowest. */
export function stepsSection({ steps, peopleWaits }: Result): Section {
  const { shown, hidden } = weightiest(steps, MOST_ROWS, weightOf);
  const table: Table = {
    caption: "Steps",
    columns: columns(
      "##",
      "Step",
      "Kind",
      "Phase",
      "Began",
      "#Duration",
      "#Target",
      "#Attempts",
      "Status",
      "Made",
      "#Request ids",
    ),
    rows: shown.map(stepRow),
    omitted: hidden === 0 ? "" : `${omission(hidden, "step")} Listed are those that did not pass and the slowest.`,
  };
  return { number: 8, title: "Steps", blocks: [{ kind: "table", table }, ...waits(peopleWaits)] };
}

function weightOf({ status, durationMs = 0 }: Step): number {
  return status === "passed" || status === "skipped" || status === "not executed" ? durationMs : Infinity;
}

function stepRow(step: Step): readonly Cell[] {
  const { number, instance, name, uses, phase, startedAt, attempts, requestIds } = step;
  return [
    number === undefined ? "" : String(number),
    name === undefined ? { code: instance } : `${instance}: ${name}`,
    { code: uses },
    phase,
    instantOr(startedAt, "–"),
    measured(step),
    target(step),
    String(attempts),
    statusCell(step),
    madeCell(step),
    grouped(requestIds),
  ];
}

/** Section 13 has them all, with their kind and what became of them. */
const MOST_MADE = 4;

function madeCell({ resourceId, resourceIds = resourceId === undefined ? [] : [resourceId] }: Step): Cell {
  const { shown, hidden } = bounded(resourceIds, MOST_MADE);
  const more = hidden === 0 ? "" : ` and ${grouped(hidden)} more`;
  return codeOr(`${shown.join(", ")}${more}`, "–");
}

function target({ targetMs, targetMissed }: Step): Cell {
  if (targetMs === undefined) return "–";
  return targetMissed ? { text: `${formatBudget(targetMs)}, missed`, tone: "warn" } : formatBudget(targetMs);
}

const STATUS_TONES: Readonly<Record<Step["status"], Tone>> = {
  passed: "good",
  failed: "bad",
  "timed-out": "bad",
  aborted: "bad",
  "cut off": "bad",
  skipped: "muted",
  "not executed": "muted",
};

function statusCell({ status, reason }: Step): Cell {
  const word = status === "timed-out" ? "timed out" : status;
  const joint = status === "cut off" ? " at: " : ": ";
  return { text: reason === undefined ? word : `${word}${joint}${reason}`, tone: STATUS_TONES[status] };
}

function waits(all: Result["peopleWaits"]): readonly Block[] {
  if (all.length === 0) return [];
  const table = tableOf({
    caption: "Waiting for people",
    columns: columns("Step", "For", "Confirmed by", "#Waited", "Until"),
    all,
    most: 50,
    noun: "wait",
    row: ({ instance, prompt, confirmedBy, durationMs, endedAt }) => [
      { code: instance },
      prompt,
      confirmedBy ?? "–",
      formatDuration(durationMs),
      formatInstant(endedAt),
    ],
  });
  return [
    { kind: "heading", heading: "Waiting for people" },
    { kind: "table", table },
  ];
}

/** Checks of recovered data; the failed ones first. */
export function integritySection({ checks }: Result): Section {
  const failedFirst = checks.toSorted((a, b) => Number(a.passed) - Number(b.passed));
  const blocks = failedFirst.slice(0, MOST_CHECKS).flatMap(checkBlocks);
  const hidden = omission(Math.max(0, checks.length - MOST_CHECKS), "check");
  const none: Block = { kind: "note", tone: "warn", label: "Not proved", note: "No check of recovered data was made." };
  return {
    number: 9,
    title: "Integrity of the recovered data",
    blocks: [
      ...(blocks.length === 0 ? [none] : blocks),
      ...(hidden === "" ? [] : [{ kind: "text", text: hidden } as const]),
    ],
  };
}

function checkBlocks({
  check,
  instance,
  passed,
  proves,
  summary,
  algorithm,
  expected,
  actual,
  counts,
  differences,
  at,
}: Result["checks"][number]): readonly Block[] {
  const hidden = omission(Math.max(0, differences.length - MOST_DIFFERENCES), "difference");
  const proof: Cell = proves
    ? { text: "passed", tone: "good" }
    : { text: "passed, proves no recovery: its step did not pass, or it was before the disaster", tone: "warn" };
  return [
    { kind: "heading", heading: `${check} by ${instance}` },
    facts("A check of the recovered data", [
      ["Result", passed ? proof : { text: "FAILED", tone: "bad" }],
      ["What", summary],
      ["When", formatInstant(at)],
      ["Algorithm", codeOr(algorithm, "not stated")],
      ["Expected", codeOr(expected, "not stated")],
      ["Actual", codeOr(actual, "not stated")],
      ["Compared", countsOf(counts) || "not stated"],
    ]),
    ...(differences.length === 0
      ? []
      : [
          {
            kind: "list",
            items: [
              ...differences.slice(0, MOST_DIFFERENCES).map((code) => ({ code })),
              ...(hidden === "" ? [] : [hidden]),
            ],
          } as const,
        ]),
  ];
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) =>
      name === "bytes" ? `${formatBytes(count)} (${grouped(count)} bytes)` : `${grouped(count)} ${name}`,
    )
    .join(", ");
}
