import type { RunRecord } from "../../engine/record.ts";
import type { CheckRecord } from "../../evidence/checks.ts";
import { formatBytes, grouped } from "../wording.ts";
import { codeOr, type Cell } from "./cell.ts";
import { omission, sectionOf } from "./section.ts";
import type { Section } from "./view-model.ts";

export interface CheckSection {
  readonly check: Cell;
  readonly step: Cell;
  readonly result: Cell;
  readonly summary: Cell;
  readonly algorithm: Cell;
  readonly expected: Cell;
  readonly actual: Cell;
  readonly counts: Cell;
  readonly differences: readonly Cell[];
  readonly omitted: Cell;
}

const MOST_CHECKS = 50;
const MOST_DIFFERENCES = 50;

/** Checks of recovered data; the failed ones first. */
export function checkSections(record: RunRecord): Section<CheckSection> {
  const failedFirst = [...record.checks].sort((a, b) => Number(a.passed) - Number(b.passed));
  return sectionOf(failedFirst, { most: MOST_CHECKS, noun: "check", row: checkSection });
}

function checkSection(check: CheckRecord): CheckSection {
  const differences = check.differences ?? [];
  return {
    check: { code: check.check },
    step: { code: check.instance },
    result: check.passed ? "passed" : "FAILED",
    summary: check.summary,
    algorithm: codeOr(check.algorithm, "not stated"),
    expected: codeOr(check.expected, "not stated"),
    actual: codeOr(check.actual, "not stated"),
    counts: countsOf(check.counts ?? {}) || "not stated",
    differences: differences.slice(0, MOST_DIFFERENCES).map((code) => ({ code })),
    omitted: omission(Math.max(0, differences.length - MOST_DIFFERENCES), "difference"),
  };
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) =>
      name === "bytes" ? `${formatBytes(count)} (${grouped(count)} bytes)` : `${grouped(count)} ${name}`,
    )
    .join(", ");
}
