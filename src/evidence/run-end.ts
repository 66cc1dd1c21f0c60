import { EXIT_CODES } from "../engine/exit-code.ts";
import { hadOwnSandbox } from "../engine/own-sandbox.ts";
import type { RunRecord, StepRecord } from "../engine/record.ts";

/** The steps whose last attempt did not pass and was not stopped by an abort. */
export interface SettledFailures {
  readonly all: readonly StepRecord[];
  /** The recovered data are wrong. */
  readonly verification: readonly StepRecord[];
  readonly other: readonly StepRecord[];
}

export function settledFailures(record: RunRecord): SettledFailures {
  const all = record.steps.filter(failed);
  return {
    all,
    verification: all.filter((step) => saysDataDiffer(step)),
    other: all.filter((step) => !saysDataDiffer(step)),
  };
}

function failed({ outcome }: StepRecord): boolean {
  return outcome === "failed" || outcome === "timed-out";
}

function saysDataDiffer({ failure }: StepRecord): boolean {
  return failure?.consequence === "verification";
}

const ABORT_EXIT: Readonly<Record<string, number>> = {
  SIGINT: EXIT_CODES.interrupted.code,
  SIGTERM: EXIT_CODES.terminated.code,
  SIGHUP: EXIT_CODES.hungUp.code,
};

const WHY: Readonly<Record<string, (detail?: string) => string>> = {
  "max-duration": () => "it reached safety.maxDuration",
  "stop-alarm": (detail) => `by a stop alarm (${detail ?? "no detail"})`,
};

/** The abort that decided the run. One that came when a step had failed already, or after `verify` had passed, decided nothing. */
export function interruption(record: RunRecord): { readonly reason: string; readonly exitCode: number } | undefined {
  const abort = record.aborted;
  if (!abort || settledBefore(record, abort.at.mono)) return undefined;
  const why = WHY[abort.reason]?.(abort.detail) ?? `by ${abort.reason}`;
  const reason = `the run was stopped ${why}, ${phaseAt(record, abort.at.mono)}`;
  return { reason, exitCode: ABORT_EXIT[abort.reason] ?? EXIT_CODES.step.code };
}

function settledBefore(record: RunRecord, mono: number): boolean {
  const verified = record.phases.some(
    ({ phase, outcome, finishedAt }) => phase === "verify" && outcome === "passed" && before(finishedAt, mono),
  );
  return verified || record.steps.some((step) => failed(step) && before(step.finishedAt, mono));
}

function before(instant: { readonly mono: number } | undefined, mono: number): boolean {
  return instant !== undefined && instant.mono <= mono;
}

function phaseAt(record: RunRecord, mono: number): string {
  const running = record.phases.findLast(({ startedAt }) => startedAt.mono <= mono);
  return running ? `in ${running.phase}` : "before its first phase";
}

/** Whether everything that began has ended and `verify` was reached: false for a run that was cut off. */
export function hasEnded(record: RunRecord): boolean {
  if (record.finished) return true;
  const open = record.steps.some(({ outcome }) => !outcome) || record.phases.some(({ outcome }) => !outcome);
  return !open && record.phases.some(({ phase }) => phase === "verify");
}

/**
 * Whether what the ledger still lists is gone all the same: the run was cut off, and its sandbox with it. The leftovers of a
 * rehearsal that came to its end are the drill's own doing, and are what the rehearsal was to find.
 */
export function isGoneWithItsSandbox(record: RunRecord): boolean {
  return hadOwnSandbox(record.run) && !hasEnded(record);
}
