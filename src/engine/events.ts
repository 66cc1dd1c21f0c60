import type { DrillRegions, Phase } from "../drill/drill.ts";
import type { DrillPlan } from "../drill/plan-schema.ts";
import type { FailureRecord } from "./failure.ts";
import type { Json, JsonObject, LedgerEntry } from "./resource-kind.ts";
import type { AwsCall, DataCheck, DrillFile, Finding, Observation, RecoveryPoint } from "./facts.ts";

/** One fact about a run. Readonly and serialisable; `at` and `mono` are put on by the journal. */
export type RunEvent =
  | RunStarted
  | RunResumed
  | IdentityConfirmed
  | PhaseStarted
  | PhaseFinished
  | DisasterDeclared
  | StepStarted
  | StepProgress
  | StepFinished
  | PeopleWait
  | ResourceIntended
  | ResourceCreated
  | ResourceDeleting
  | ResourceDeleted
  | ResourceLeaked
  | ResourceKept
  | DataChecked
  | RecoveryPointFound
  | FindingMade
  | CallMade
  | StateObserved
  | ToolUsed
  | AbortRequested
  | RunFinished;

/** An event as it stands in the journal: one line. */
export type JournaledEvent = RunEvent & {
  readonly v: 1;
  readonly seq: number;
  /** ISO instant of the run's clock. */
  readonly at: string;
  /** Milliseconds of the run's monotonic clock. */
  readonly mono: number;
  /** Hex SHA-256 of the previous line's bytes without its line feed; 64 zeros on the first line. */
  readonly prev: string;
};

/** The run exists; everything needed to report or resume it without the drill's folder. */
export interface RunStarted {
  readonly type: "run-started";
  readonly runId: string;
  readonly drill: {
    readonly name: string;
    readonly description: string;
    readonly path: string;
    readonly sha256: string;
    readonly text: string;
  };
  /** Terraform's configuration and programs that steps use, sorted by path; absent where the drill file names none. */
  readonly files?: readonly DrillFile[];
  readonly mode: "live" | "rehearsal";
  /** What stood in AWS's place for every service. A rehearsal without one had a sandbox in its own process. */
  readonly endpoint?: string;
  readonly objectives: { readonly rtoMs?: number; readonly rpoMs?: number };
  readonly regions: DrillRegions;
  readonly controls: readonly string[];
  /** How often the drill is due: `monthly`, `quarterly`, `yearly` or a duration. */
  readonly cadence?: string;
  /** What people decided about the drill. Absent where the file says nothing. */
  readonly plan?: DrillPlan;
  readonly steps: readonly PlannedStep[];
  readonly versions: { readonly gameday: string; readonly node: string };
  readonly process: { readonly pid: number; readonly host: string };
}

/** Another process goes on with a run that was cut off. Durations across this event are wall-clock time. */
export interface RunResumed {
  readonly type: "run-resumed";
  readonly versions: { readonly gameday: string; readonly node: string };
  readonly process: { readonly pid: number; readonly host: string };
  /** Milliseconds between the last event before the cut and this one, by the wall clock. */
  readonly gapMs: number;
}

export interface PlannedStep {
  readonly id: string;
  readonly phase: Phase;
  readonly uses: string;
  readonly name?: string;
  readonly targetMs?: number;
  readonly timeoutMs: number;
  /** Resource kinds that it makes, as the plan announces them. */
  readonly creates?: readonly string[];
  /** Where it stands in the drill file, from 1. */
  readonly line?: number;
}

/** The guard has let the run pass. */
export interface IdentityConfirmed {
  readonly type: "identity-confirmed";
  readonly account: string;
  readonly arn: string;
  /** Local clock minus AWS clock, by Region. */
  readonly clockOffsetMs: Readonly<Record<string, number>>;
  /** SHA-256 of the signed statement of intent: it existed before anything that follows here. */
  readonly intent?: string;
}

export interface PhaseStarted {
  readonly type: "phase-started";
  readonly phase: Phase;
}

export interface PhaseFinished {
  readonly type: "phase-finished";
  readonly phase: Phase;
  readonly outcome: "passed" | "failed" | "skipped" | "aborted";
}

/** The simulated disaster: `recover` begins, the RTO clock starts. */
export interface DisasterDeclared {
  readonly type: "disaster-declared";
}

/** One attempt of one step instance begins. */
export interface StepStarted {
  readonly type: "step-started";
  readonly phase: Phase;
  readonly step: string;
  readonly instance: string;
  readonly attempt: number;
  readonly uses: string;
  readonly input: Json;
}

/** A live message of a running step. */
export interface StepProgress {
  readonly type: "step-progress";
  readonly instance: string;
  readonly message: string;
  readonly fraction?: number;
}

export type StepOutcome = "passed" | "failed" | "timed-out" | "skipped" | "aborted";

/** A step instance has ended. Passed and failed steps have the same shape. `willRetry` says that another attempt follows. */
export interface StepFinished {
  readonly type: "step-finished";
  readonly phase: Phase;
  readonly step: string;
  readonly instance: string;
  readonly attempt: number;
  readonly uses: string;
  readonly outcome: StepOutcome;
  readonly outputs: JsonObject;
  /** Of the attempt. */
  readonly durationMs: number;
  /** The run was cut off in the attempt: `durationMs` is from its first beginning, with the time the run lay still. */
  readonly wallClock?: boolean;
  readonly willRetry: boolean;
  readonly failure?: FailureRecord;
  /** Why it was skipped. */
  readonly reason?: string;
}

/** A stretch of time in which a step waited for people; journaled when it ends. */
export interface PeopleWait {
  readonly type: "people-wait";
  readonly instance: string;
  readonly prompt: string;
  readonly durationMs: number;
}

/** A create is about to be sent. Written before the call. */
export interface ResourceIntended {
  readonly type: "resource-intended";
  readonly resource: Omit<LedgerEntry, "state" | "id" | "reason">;
}

export interface ResourceCreated {
  readonly type: "resource-created";
  readonly key: string;
  readonly id: string;
  readonly attributes?: JsonObject;
  /** True when a cut-off earlier try had made it already. */
  readonly adopted: boolean;
}

export interface ResourceDeleting {
  readonly type: "resource-deleting";
  readonly key: string;
}

/**
 * Confirmed gone by looking. `never-created`: looked for and not there. `swept`: nothing told what there was, and whatever carried
 * the run's tag is gone.
 */
export interface ResourceDeleted {
  readonly type: "resource-deleted";
  readonly key: string;
  readonly how: "destroyed" | "never-created" | "swept";
}

/** Teardown could not get rid of it, or could not see whether it is gone. */
export interface ResourceLeaked {
  readonly type: "resource-leaked";
  readonly key: string;
  readonly failure: FailureRecord;
}

/** Left alone on purpose after a failed step. */
export interface ResourceKept {
  readonly type: "resource-kept";
  readonly key: string;
  /** ISO instant until which it is meant to stay; nothing removes it by itself. */
  readonly until: string;
  /** Whether it carries that instant as a tag. */
  readonly tagged: boolean;
}

export interface DataChecked extends DataCheck {
  readonly type: "data-checked";
  readonly instance: string;
}

export interface RecoveryPointFound extends RecoveryPoint {
  readonly type: "recovery-point";
  readonly instance: string;
}

export interface FindingMade extends Finding {
  readonly type: "finding";
  readonly instance?: string;
}

export interface CallMade extends AwsCall {
  readonly type: "aws-call";
  readonly instance?: string;
}

export interface StateObserved extends Observation {
  readonly type: "state-observed";
  readonly instance?: string;
}

/** A program the run depends on: terraform, its provider. */
export interface ToolUsed {
  readonly type: "tool-used";
  readonly tool: string;
  readonly version: string;
  readonly from: string;
  /** Of a Terraform provider: SHA-256 of the lock file that `init` chose it by. */
  readonly lock?: string;
}

export interface AbortRequested {
  readonly type: "abort-requested";
  readonly reason: "SIGINT" | "SIGTERM" | "SIGHUP" | "max-duration" | "stop-alarm";
  /** Which alarm, and what it says. */
  readonly detail?: string;
}

export type RunOutcome =
  | "passed"
  | "unproven"
  | "objective-missed"
  | "verification-failed"
  | "failed"
  | "refused"
  | "aborted"
  | "internal-error";

/** The last event of every run that was not cut off. */
export interface RunFinished {
  readonly type: "run-finished";
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly leftovers: readonly { readonly kind: string; readonly region: string; readonly id: string }[];
  readonly failure?: FailureRecord;
}
