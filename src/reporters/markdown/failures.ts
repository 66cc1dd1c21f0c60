import type { FailureRecord } from "../../engine/failure.ts";
import type { RunRecord } from "../../engine/record.ts";
import { settledFailures } from "../../evidence/run-end.ts";
import type { Cell } from "./cell.ts";
import { sectionOf, omission } from "./section.ts";
import type { Section } from "./view-model.ts";

export interface FailureSection {
  readonly where: Cell;
  readonly code: Cell;
  readonly message: Cell;
  readonly details: readonly Cell[];
  readonly omitted: Cell;
  readonly fixer: Cell;
  readonly next: Cell;
  readonly requestId: Cell;
}

const MOST_FAILURES = 30;
const MOST_DETAILS = 30;

/** What went wrong: first what ended the run outside of its steps, then the steps. */
export function failureSections(record: RunRecord): Section<FailureSection> {
  const ended = record.finished?.failure;
  const all = [
    ...(ended ? [{ where: "run", failure: ended }] : []),
    ...settledFailures(record).all.flatMap(({ instance, failure }) => (failure ? [{ where: instance, failure }] : [])),
  ];
  return sectionOf(all, { most: MOST_FAILURES, noun: "failure", row: failureSection });
}

function failureSection({ where, failure }: { where: string; failure: FailureRecord }): FailureSection {
  const details = failure.details ?? [];
  return {
    where,
    code: { code: failure.code },
    message: failure.message,
    details: details.slice(0, MOST_DETAILS),
    omitted: omission(Math.max(0, details.length - MOST_DETAILS), "line"),
    fixer: failure.fixer,
    next: failure.next ?? "",
    requestId: { code: failure.awsRequestId ?? "" },
  };
}
