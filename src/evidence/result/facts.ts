import { nameOf } from "../../engine/ledger.ts";
import type { FailureRecord } from "../../engine/failure.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { LedgerEntry } from "../../engine/resource-kind.ts";
import { passedChecks } from "../checks.ts";
import { defined } from "../defined.ts";
import { isGoneWithItsSandbox, settledFailures } from "../run-end.ts";
import type { Result } from "./schema.ts";

export function resultChecks(record: RunRecord): Result["checks"] {
  const proving = new Set(passedChecks(record));
  return record.checks.map((check) =>
    defined<Result["checks"][number]>({
      instance: check.instance,
      check: check.check,
      passed: check.passed,
      proves: proving.has(check),
      at: check.at.at,
      summary: check.summary,
      algorithm: check.algorithm,
      expected: check.expected,
      actual: check.actual,
      counts: { ...check.counts },
      differences: check.differences ?? [],
    }),
  );
}

/** First what ended the run outside of its steps, then the steps. */
export function resultFailures(record: RunRecord): Result["failures"] {
  const lines = new Map(record.run.steps.map(({ id, line }) => [id, line]));
  const ended = record.finished?.failure;
  return [
    ...(ended ? [resultFailure(ended, { where: "run" })] : []),
    ...settledFailures(record).all.flatMap(({ step, instance, phase, failure }) =>
      failure ? [resultFailure(failure, { where: instance, phase, line: lines.get(step) })] : [],
    ),
  ];
}

interface Place {
  readonly where: string;
  readonly phase?: string;
  readonly line?: number | undefined;
}

function resultFailure(failure: FailureRecord, { where, phase, line }: Place): Result["failures"][number] {
  return defined<Result["failures"][number]>({
    where,
    phase,
    line,
    code: failure.code,
    message: failure.message,
    details: failure.details ?? [],
    fixer: failure.fixer,
    next: failure.next,
    requestId: failure.awsRequestId,
  });
}

export function resultFindings({ findings }: RunRecord): Result["findings"] {
  return findings.map(({ code, severity, message, instance, resourceId, at }) =>
    defined<Result["findings"][number]>({ code, severity, message, instance, resourceId, at: at.at }),
  );
}

export function resultResources(record: RunRecord): Result["resources"] {
  const gone = isGoneWithItsSandbox(record);
  return record.ledger.map((entry) => {
    const { kind, region, step, state, reason, madeBy, standsFor } = entry;
    const mayRemain = !gone && state !== "deleted" && state !== "kept";
    return defined<Result["resources"][number]>({
      kind,
      id: nameOf(entry),
      region,
      step,
      state,
      mayRemain,
      reason,
      madeBy: madeBy && `${madeBy.kind} ${madeBy.id}`,
      standsFor,
      neverMade: (entry.id === undefined && state === "deleted" && standsFor === undefined) || undefined,
      found: standsFor === undefined ? undefined : foundOf(record, entry),
    });
  });
}

function foundOf({ ledger }: RunRecord, { madeBy }: LedgerEntry): number {
  return ledger.filter((other) => other.standsFor === undefined && madeBy && other.madeBy?.id === madeBy.id).length;
}

/** What the run's policy has made is what the steps that wait for it announce. */
function isOf({ step, madeBy, standsFor }: LedgerEntry, instance: string): boolean {
  return standsFor === undefined && (step === instance || madeBy !== undefined);
}

/** A step that began and made nothing of what the plan says it makes: nothing of that kind is told to be gone. */
export function resultNotSeen(record: RunRecord): NonNullable<Result["notSeen"]> {
  const { ledger, steps, run, findings } = record;
  const looked = !findings.some(({ code }) => code === "sweep-incomplete");
  const announced = new Map(run.steps.map(({ id, creates = [] }) => [id, creates]));
  return steps.flatMap(({ step, instance, outcome }) => {
    if (outcome === undefined || outcome === "skipped") return [];
    return (announced.get(step) ?? [])
      .filter((kind) => !ledger.some((entry) => entry.kind === kind && isOf(entry, instance)))
      .map((kind) => ({ step: instance, kind, looked }));
  });
}
