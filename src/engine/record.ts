import type { Phase } from "../drill/drill.ts";
import type {
  CallMade,
  DataChecked,
  FindingMade,
  IdentityConfirmed,
  JournaledEvent,
  PeopleWait,
  PhaseFinished,
  PlannedStep,
  RunFinished,
  RunStarted,
  StateObserved,
  StepOutcome,
  ToolUsed,
} from "./events.ts";
import type { RecoveryPoint } from "./facts.ts";
import type { FailureRecord } from "./failure.ts";
import type { Json, JsonObject, LedgerEntry } from "./resource-kind.ts";

/** An instant twice: `at` to print, `mono` (milliseconds) to subtract. */
export interface Instant {
  readonly at: string;
  readonly mono: number;
}

/** The fold of a journal: all that reports, resume, cleanup and history read. */
export interface RunRecord {
  readonly run: RunStarted;
  readonly startedAt: Instant;
  /** How often the run was cut off and taken up again, and for how long it lay still. */
  readonly resumes: readonly { readonly at: Instant; readonly gapMs: number }[];
  readonly identity?: IdentityConfirmed;
  readonly tools: readonly ToolUsed[];
  readonly phases: readonly PhaseRecord[];
  /** Step instances in the order they began. Planned steps that never began are in `run.steps` only. */
  readonly steps: readonly StepRecord[];
  /** When `recover` began. */
  readonly disasterAt?: Instant;
  /** Of several recovery points the one with the oldest data: the worst of the run. */
  readonly recoveryPoint: RecoveryPoint;
  /** Each by itself, the oldest first. */
  readonly recoveryPoints: readonly RecoveryPoint[];
  /** Stretches in which a step waited for people; `at` is the end of each. */
  readonly peopleWaits: readonly (PeopleWait & { readonly at: Instant })[];
  readonly checks: readonly (DataChecked & { readonly at: Instant })[];
  readonly findings: readonly (FindingMade & { readonly at: Instant })[];
  readonly calls: readonly (CallMade & { readonly at: Instant })[];
  readonly observations: readonly (StateObserved & { readonly at: Instant })[];
  readonly ledger: readonly LedgerEntry[];
  readonly aborted?: { readonly reason: string; readonly at: Instant; readonly detail?: string };
  readonly finished?: RunFinished & { readonly at: Instant };
  readonly lastSeq: number;
  /** Of the last event: the end of what is known, also of a run that was cut off. */
  readonly lastAt: Instant;
}

export interface PhaseRecord {
  readonly phase: Phase;
  readonly startedAt: Instant;
  readonly finishedAt?: Instant;
  readonly outcome?: PhaseFinished["outcome"];
}

export interface StepRecord {
  readonly phase: Phase;
  readonly step: string;
  readonly instance: string;
  readonly uses: string;
  readonly name?: string;
  readonly input: Json;
  readonly targetMs?: number;
  readonly attempts: number;
  /** An attempt has begun and not ended: it runs, or the run was cut off in it. */
  readonly running: boolean;
  /** Of the first attempt. */
  readonly startedAt: Instant;
  /** Of the attempt that counts: what was before it went into attempts that were made again. */
  readonly lastAttemptAt: Instant;
  readonly finishedAt?: Instant;
  /** Absent until the last attempt has ended. */
  readonly outcome?: StepOutcome;
  readonly outputs: JsonObject;
  readonly failure?: FailureRecord;
  readonly reason?: string;
  /** Milliseconds of `people-wait` inside the step. */
  readonly peopleWaitMs: number;
  readonly lastProgress?: string;
}

export type { JournaledEvent, PlannedStep };
