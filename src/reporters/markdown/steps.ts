import type { PlannedStep } from "../../engine/events.ts";
import type { RunRecord, StepRecord } from "../../engine/record.ts";
import { stepMs } from "../../evidence/measure.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { weightiest } from "../bounded.ts";
import { formatInstant } from "../wording.ts";
import type { Cell } from "./cell.ts";
import { omission } from "./section.ts";
import type { Section } from "./view-model.ts";

export interface StepRow {
  readonly number: Cell;
  readonly step: Cell;
  readonly kind: Cell;
  readonly phase: Cell;
  readonly started: Cell;
  readonly duration: Cell;
  readonly target: Cell;
  readonly attempts: Cell;
  readonly status: Cell;
}

const MOST_ROWS = 200;

/** Steps in the order they began, then the planned ones that never did. Of very many: those that did not pass, then the slowest. */
export function stepRows(record: RunRecord): Section<StepRow> {
  const begun = new Set(record.steps.map(({ step }) => step));
  const rows = [
    ...record.steps.map((step, index) => ({ step, number: index + 1, weight: weightOf(step) })),
    ...record.run.steps.filter(({ id }) => !begun.has(id)).map((plan) => ({ plan, number: undefined, weight: 0 })),
  ];
  const { shown, hidden } = weightiest(rows, MOST_ROWS, ({ weight }) => weight);
  return {
    rows: shown.map((row) => ("step" in row ? begunRow(row.step, row.number) : notExecutedRow(row.plan))),
    omitted: hidden === 0 ? "" : `${omission(hidden, "step")} Listed are those that did not pass and the slowest.`,
  };
}

function weightOf(step: StepRecord): number {
  return step.outcome === "passed" || step.outcome === "skipped" ? (stepMs(step) ?? 0) : Infinity;
}

function begunRow(step: StepRecord, number: number): StepRow {
  const skipped = step.outcome === "skipped";
  const durationMs = skipped ? undefined : stepMs(step);
  return {
    number: String(number),
    step: step.name === undefined ? { code: step.instance } : `${step.instance}: ${step.name}`,
    kind: { code: step.uses },
    phase: step.phase,
    started: skipped ? "–" : formatInstant(step.startedAt.at),
    duration: durationMs === undefined ? "–" : formatDuration(durationMs),
    target: target(step.targetMs, durationMs),
    attempts: skipped ? "0" : String(step.attempts),
    status: statusOf(step),
  };
}

function target(targetMs: number | undefined, durationMs: number | undefined): string {
  if (targetMs === undefined) return "";
  return `${formatBudget(targetMs)}${durationMs !== undefined && durationMs > targetMs ? ", missed" : ""}`;
}

function statusOf({ outcome, reason, lastProgress }: StepRecord): string {
  if (outcome === undefined) return `cut off${lastProgress === undefined ? "" : ` at: ${lastProgress}`}`;
  if (outcome === "timed-out") return "timed out";
  return reason === undefined ? outcome : `${outcome}: ${reason}`;
}

function notExecutedRow({ id, name, uses, phase, targetMs }: PlannedStep): StepRow {
  return {
    number: "",
    step: name === undefined ? { code: id } : `${id}: ${name}`,
    kind: { code: uses },
    phase,
    started: "–",
    duration: "–",
    target: target(targetMs, undefined),
    attempts: "0",
    status: "not executed",
  };
}
