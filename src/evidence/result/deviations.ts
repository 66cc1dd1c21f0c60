import { nameOf } from "../../engine/ledger.ts";
import type { RunRecord } from "../../engine/record.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { defined } from "../defined.ts";
import type { Measurement } from "../measure.ts";
import type { ObjectiveResult } from "../objectives.ts";
import { settledFailures } from "../run-end.ts";
import type { Verdict } from "../verdict.ts";
import type { Deviation } from "./schema-parts.ts";

type Draft = Pick<Deviation, "severity" | "code" | "description"> & {
  readonly [K in "affects" | "action" | "fixer"]?: string | undefined;
};

const NOBODY_YET = { owner: undefined, due: undefined, status: "open" } as const;

const GRAVITY = { critical: 0, warning: 1, info: 2 } as const;

/** Everything that did not go as it should, the gravest first: missed objectives, failures, leftovers, findings. */
export function deviationsOf(record: RunRecord, measurement: Measurement, verdict: Verdict): readonly Deviation[] {
  const drafts: Draft[] = [
    ...measurement.objectives.flatMap(missedObjective),
    ...noVerdict(verdict),
    ...failures(record),
    ...verdict.leftovers.map((entry): Draft => {
      const description = `${entry.kind} ${nameOf(entry)} in ${entry.region} may remain`;
      const action = "look at it and delete it by hand";
      return { severity: "critical", code: "may-remain", description, affects: entry.step, action, fixer: "operator" };
    }),
    ...record.findings.map(({ severity, code, message, instance, resourceId }): Draft => ({
      severity,
      code,
      description: message,
      affects: instance ?? resourceId,
    })),
    ...verdict.warnings.map((description): Draft => ({ severity: "warning", code: "warning", description })),
  ];
  return drafts
    .sort((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity])
    .map(({ affects, action, fixer, ...rest }, index) =>
      defined<Deviation>({ ...rest, id: `D-${index + 1}`, affects, action, fixer, ...NOBODY_YET }),
    );
}

function missedObjective(result: ObjectiveResult): readonly Draft[] {
  const { objective, targetMs, actualMs, atLeastMs, met, atRisk, warnsOnly, usedFraction = 0 } = result;
  const target = `${objective} of ${formatBudget(targetMs)}`;
  if (atRisk) {
    const description = `${target} is met with ${Math.round(usedFraction * 100)} % of it used`;
    return [{ severity: "info", code: "objective-at-risk", description, affects: objective }];
  }
  if (met !== false || warnsOnly) return [];
  const measured =
    actualMs === undefined
      ? `not reached after ${formatDuration(atLeastMs ?? 0)}`
      : `measured ${formatDuration(actualMs)}`;
  const description = `${target} missed: ${measured}`;
  return [{ severity: "critical", code: "objective-missed", description, affects: objective }];
}

const NO_VERDICT: Readonly<Record<string, Pick<Draft, "code" | "action" | "fixer">>> = {
  unproven: { code: "not-proven", action: "check the recovered data in verify, then run again", fixer: "drill author" },
  aborted: { code: "aborted", action: "run again to the end", fixer: "operator" },
};

/** A run that came to no verdict has missed what it was for, though no step may have failed. */
function noVerdict({ outcome, reasons }: Verdict): readonly Draft[] {
  const known = NO_VERDICT[outcome];
  return known ? [{ ...known, severity: "critical", description: reasons[0] ?? outcome, affects: "run" }] : [];
}

function failures(record: RunRecord): readonly Draft[] {
  const ended = record.finished?.failure;
  const steps = settledFailures(record).all.flatMap(({ instance, failure }) =>
    failure ? [{ instance, failure }] : [],
  );
  return [...(ended ? [{ instance: "run", failure: ended }] : []), ...steps].map(({ instance, failure }): Draft => {
    const { code, message: description, next: action, fixer } = failure;
    return { severity: "critical", code, description, affects: instance, action, fixer };
  });
}
