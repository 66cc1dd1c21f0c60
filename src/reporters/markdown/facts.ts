import type { RunRecord } from "../../engine/record.ts";
import type { CallCount } from "../../evidence/calls.ts";
import type { Measurement } from "../../evidence/measure.ts";
import { formatDuration } from "../../time/duration.ts";
import { counted, formatInstant, grouped } from "../wording.ts";
import { codeOr, type Cell } from "./cell.ts";
import { sectionOf } from "./section.ts";
import type { Section } from "./view-model.ts";

export interface FindingRow {
  readonly severity: Cell;
  readonly code: Cell;
  readonly message: Cell;
  readonly step: Cell;
  readonly at: Cell;
}

export interface WaitRow {
  readonly step: Cell;
  readonly prompt: Cell;
  readonly duration: Cell;
  readonly until: Cell;
}

export interface CallRow {
  readonly operation: Cell;
  readonly region: Cell;
  readonly count: Cell;
  readonly errors: Cell;
  readonly retries: Cell;
  readonly requestIds: Cell;
}

const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;

/** Deviations, the gravest first. */
export function findingRows(record: RunRecord): Section<FindingRow> {
  const gravestFirst = [...record.findings].sort((a, b) => SEVERITY[a.severity] - SEVERITY[b.severity]);
  return sectionOf(gravestFirst, {
    most: 100,
    noun: "finding",
    row: ({ severity, code, message, instance, at }) => ({
      severity,
      code: { code },
      message,
      step: codeOr(instance, "–"),
      at: formatInstant(at.at),
    }),
  });
}

export function waitRows(record: RunRecord): Section<WaitRow> {
  return sectionOf(record.peopleWaits, {
    most: 50,
    noun: "wait",
    row: ({ instance, prompt, durationMs, at }) => ({
      step: { code: instance },
      prompt,
      duration: formatDuration(durationMs),
      until: formatInstant(at.at),
    }),
  });
}

export function callRows({ calls }: Measurement): { readonly section: Section<CallRow>; readonly summary: Cell } {
  const section = sectionOf(calls, {
    most: 60,
    noun: "operation",
    row: ({ service, operation, region, count, errors, retries, withRequestId }) => ({
      operation: { code: `${service}:${operation}` },
      region,
      count: grouped(count),
      errors: grouped(errors),
      retries: grouped(retries),
      requestIds: grouped(withRequestId),
    }),
  });
  return { section, summary: callSummary(calls) };
}

function callSummary(calls: readonly CallCount[]): string {
  const sum = (of: (count: CallCount) => number) => calls.reduce((total, count) => total + of(count), 0);
  const total = sum(({ count }) => count);
  if (total === 0) return "No AWS call was journaled.";
  const ids = grouped(sum(({ withRequestId }) => withRequestId));
  return `${counted(total, "call")} of ${counted(calls.length, "operation")}; ${ids} with a request id, each of them in the journal.`;
}
