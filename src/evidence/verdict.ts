import type { RunOutcome } from "../engine/events.ts";
import type { WallClockCause } from "../engine/cut-off.ts";
import { EXIT_CODES } from "../engine/exit-code.ts";
import type { FailureRecord } from "../engine/failure.ts";
import { nameOf, unintended } from "../engine/ledger.ts";
import type { RunRecord } from "../engine/record.ts";
import type { LedgerEntry } from "../engine/resource-kind.ts";
import { formatBudget, formatDuration } from "../time/duration.ts";
import { passedChecks, readsRestored, unreadVolumes } from "./checks.ts";
import { clockOffsetWarning } from "./clock-offset.ts";
import { measure, type Measurement } from "./measure.ts";
import { worstAbove } from "./recovery-point.ts";
import { hasEnded, interruption, isGoneWithItsSandbox, settledFailures, type SettledFailures } from "./run-end.ts";

export interface Verdict {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** Why, the deciding reason first; never empty. */
  readonly reasons: readonly string[];
  /** What deserves attention and does not change the verdict. */
  readonly warnings: readonly string[];
  /** What may still exist. Any of them makes the exit code 6. */
  readonly leftovers: readonly LedgerEntry[];
  /** A rehearsal's verdict says nothing of a live recovery. */
  readonly simulated: boolean;
}

/** Weighs a run by its facts. What was journaled as its outcome plays no part, its failure does. */
export function judge(record: RunRecord): Verdict {
  const measurement = measure(record);
  const gone = isGoneWithItsSandbox(record);
  const leftovers = gone ? [] : unintended(record.ledger);
  const failure = record.finished?.failure;
  const decision = decide({ record, failure, measurement, ended: settledFailures(record) });
  return {
    outcome: decision.outcome,
    exitCode: leftovers.length > 0 ? EXIT_CODES.leftovers.code : decision.exitCode,
    reasons: [...decision.reasons, ...leftoverReason(leftovers)],
    warnings: warningsOf(record, measurement),
    leftovers,
    simulated: measurement.simulated,
  };
}

/** The verdict to show: outcome and exit code as journaled, where the run came to its end, else as weighed now. */
export function verdictOf(record: RunRecord): Verdict {
  const { outcome, exitCode } = record.finished ?? {};
  const weighed = judge(record);
  return { ...weighed, outcome: outcome ?? weighed.outcome, exitCode: exitCode ?? weighed.exitCode };
}

type Decision = Pick<Verdict, "outcome" | "exitCode" | "reasons">;

interface Evidence {
  readonly record: RunRecord;
  readonly failure: FailureRecord | undefined;
  readonly measurement: Measurement;
  readonly ended: SettledFailures;
}

/** The first rule that applies decides: what says most about whether the recovery can be relied on comes first. */
function decide(evidence: Evidence): Decision {
  for (const rule of [internalError, refused, stopped, stepFailures, cutOff, unproven, missedObjectives]) {
    const decision = rule(evidence);
    if (decision) return decision;
  }
  return { outcome: "passed", exitCode: EXIT_CODES.passed.code, reasons: [recoveredIn(evidence)] };
}

function internalError({ failure, ended }: Evidence): Decision | undefined {
  const bug = [failure, ...ended.all.map((step) => step.failure)].find((one) => one?.code === "internal");
  return bug && { outcome: "internal-error", exitCode: EXIT_CODES.internal.code, reasons: [bug.message] };
}

function refused({ failure }: Evidence): Decision | undefined {
  if (failure?.consequence !== "refused" && failure?.consequence !== "locked") return undefined;
  const { code } = failure.consequence === "locked" ? EXIT_CODES.locked : EXIT_CODES.refused;
  return { outcome: "refused", exitCode: code, reasons: [failure.message] };
}

function stopped({ record }: Evidence): Decision | undefined {
  const by = interruption(record);
  return by && { outcome: "aborted", exitCode: by.exitCode, reasons: [by.reason] };
}

function stepFailures({ failure, ended }: Evidence): Decision | undefined {
  const reasons = [...ended.verification, ...ended.other].map(
    ({ instance, phase, failure: why, outcome }) =>
      `${phase} step ${instance} ${outcome}: ${why?.message ?? "no reason"}`,
  );
  if (ended.verification.length > 0)
    return { outcome: "verification-failed", exitCode: EXIT_CODES.verification.code, reasons };
  if (failure) reasons.unshift(failure.message);
  return reasons.length > 0 ? { outcome: "failed", exitCode: EXIT_CODES.step.code, reasons } : undefined;
}

function cutOff({ record }: Evidence): Decision | undefined {
  if (hasEnded(record)) return undefined;
  const gone = isGoneWithItsSandbox(record) ? "; what it made was in its own sandbox, which is gone" : "";
  const reason = `the run was cut off: its journal has no end${gone}`;
  return { outcome: "aborted", exitCode: EXIT_CODES.step.code, reasons: [reason] };
}

/** A check that compares backups with each other has read nothing of what was recovered. */
function unproven({ record, measurement }: Evidence): Decision | undefined {
  const passed = passedChecks(record);
  if (measurement.recovery && passed.some(readsRestored)) return undefined;
  const why = measurement.recovery
    ? passed.length > 0
      ? "only the copy was checked, against its source, and nothing that was restored from it"
      : "no check of the recovered data has passed"
    : "no step of verify has passed";
  const reason = `${why}: the recovery is not proven`;
  return { outcome: "unproven", exitCode: EXIT_CODES.verification.code, reasons: [reason] };
}

function missedObjectives({ measurement }: Evidence): Decision | undefined {
  const missed = measurement.objectives.filter(({ met, warnsOnly }) => met === false && !warnsOnly);
  if (missed.length === 0) return undefined;
  const reasons = missed.map(
    ({ objective, targetMs, actualMs }) =>
      `${objective} of ${formatBudget(targetMs)} missed: measured ${formatDuration(actualMs ?? 0)}`,
  );
  return { outcome: "objective-missed", exitCode: EXIT_CODES.objective.code, reasons };
}

function recoveredIn({ measurement: { recovery } }: Evidence): string {
  return `recovered and verified in ${formatDuration(recovery?.rtaMs ?? 0)}`;
}

function leftoverReason(leftovers: readonly LedgerEntry[]): readonly string[] {
  if (leftovers.length === 0) return [];
  const shown = leftovers.slice(0, 5).map((entry) => `${entry.kind} ${nameOf(entry)} in ${entry.region}`);
  const more = leftovers.length > shown.length ? ` and ${leftovers.length - shown.length} more` : "";
  return [`resources may remain: ${shown.join(", ")}${more}`];
}

function warningsOf(record: RunRecord, { objectives, point, recovery }: Measurement): readonly string[] {
  const warnings = objectives.flatMap(({ objective, met, warnsOnly }) => {
    if (met === undefined && recovery) return [`the ${objective} was not measured${apart(point)}`];
    return met === false && warnsOnly ? [`the ${objective} was missed, by a backup that the drill itself made`] : [];
  });
  const heldAgainst = recovery && point.bestMs !== undefined && record.run.objectives.rpoMs !== undefined;
  if (point.basis === "drill-triggered" && heldAgainst)
    warnings.push("the drill itself made the backup: its RPA says nothing of the backup schedule");
  warnings.push(...worstCaseWarnings(record, point));
  const offset = clockOffsetWarning(record);
  if (point.bestMs !== undefined && offset !== undefined) warnings.push(offset);
  warnings.push(...wallClockWarnings(record, recovery?.wallClockCauses ?? []));
  return [...warnings, ...(recovery ? unreadWarning(record) : []), ...keptWarning(record)];
}

const IN_RECOVERY: Readonly<Record<WallClockCause, string>> = {
  "cut-off": "the run was cut off during the recovery and resumed",
  "clock-jump": "the machine slept or was paused during the recovery, or its clock was set ahead",
};

function wallClockWarnings({ findings }: RunRecord, causes: readonly WallClockCause[]): readonly string[] {
  const rta = `part of the RTA is known by the wall clock only: ${causes.map((cause) => IN_RECOVERY[cause]).join("; ")}`;
  const jumped = findings.some(({ clockJumpMs }) => clockJumpMs !== undefined);
  const elsewhere = "the machine's clock jumped during the run: not every instant and duration is certain";
  return [...(causes.length > 0 ? [rta] : []), ...(jumped && !causes.includes("clock-jump") ? [elsewhere] : [])];
}

/** An RPA is of the moment at which the drill was run; what the schedule allows is not. */
function worstCaseWarnings({ run }: RunRecord, point: Measurement["point"]): readonly string[] {
  const { rpoMs = 0 } = run.objectives;
  const { bySchedule, inPast } = worstAbove(run.objectives.rpoMs, point);
  const above = (worstMs: number | undefined, what: string) =>
    worstMs === undefined ? [] : [`${what} ${formatDuration(worstMs)}, above the RPO of ${formatBudget(rpoMs)}`];
  return [
    ...above(bySchedule, "the backup schedule allows a loss of"),
    ...above(inPast, "looking back, the worst case was a loss of"),
  ];
}

function apart({ clocksApartMs }: Measurement["point"]): string {
  return clocksApartMs === undefined ? "" : `: clocks differ by at least ${formatDuration(clocksApartMs)}`;
}

function unreadWarning(record: RunRecord): readonly string[] {
  const unread = unreadVolumes(record);
  const [first] = unread;
  if (first === undefined) return [];
  const what =
    unread.length === 1
      ? `restored volume ${first} was`
      : `${unread.length} restored volumes (${first} is the first) were`;
  const compared = passedChecks(record).some(readsRestored)
    ? ""
    : ": the check compared the copy, not what was restored";
  return [`${what} never read${compared}`];
}

/** Kept on purpose is not left behind, but somebody pays for it. */
function keptWarning({ ledger, run }: RunRecord): readonly string[] {
  const kept = ledger.filter(({ state }) => state === "kept");
  const [first] = kept;
  if (!first) return [];
  const what = kept.length === 1 ? "1 resource is" : `${kept.length} resources are`;
  const next = `gameday resume ${run.runId} tears down, gameday cleanup ${run.runId} --yes only deletes`;
  return [`${what} kept on purpose, until ${first.keptUntil} (nothing removes them by itself): ${next}`];
}
