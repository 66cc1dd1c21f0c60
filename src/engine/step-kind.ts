import type { z } from "zod";
import type { Clock } from "../time/clock.ts";
import type { DrillRegions, Phase } from "../drill/drill.ts";
import type { StepKindSchema } from "../drill/step-kind-schema.ts";
import type { ToolUsed } from "./events.ts";
import type { AwsCall, DataCheck, Finding, Observation, RecoveryPoint } from "./facts.ts";
import type { Permission } from "./permission.ts";
import type { FoundResource, JsonObject } from "./resource-kind.ts";
import type { Tags } from "./tags.ts";

/**
 * A step kind: what `uses` names. One file, one export; steps only create, resource kinds destroy.
 * `S` is the set of services the wiring hands to steps (AWS clients, processes, a person).
 */
export interface StepKind<
  S,
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
> extends StepKindSchema {
  readonly input: I;
  readonly output: O;
  readonly permissions: readonly Permission[];
  /** Resource kinds this step creates; `gameday plan` prints them and their delete permissions are added to the policy. */
  readonly creates?: readonly string[];
  /**
   * Files and folders in the drill's folder that it depends on, of its input as the drill file has it: expressions are not evaluated.
   * What is not there is no error. Absent for a kind that depends on none.
   */
  files?(given: Readonly<Record<string, unknown>>): readonly string[];
  /** The step may call the primary Region although it counts as lost: it checks against the source, it does not recover from it. */
  readonly reachesPrimary?: boolean;
  /** The step waits for people; its waits are counted apart. */
  readonly waitsForPeople?: boolean;
  /** Time budget when the drill names none. */
  readonly defaultTimeoutMs: number;
  run(context: StepContext<S>, input: z.output<I>): Promise<z.input<O>>;
  /**
   * Called when a run is resumed and this step had passed: gives back the outputs with what the journal must not hold (sensitive
   * values), read again from where they are. Steps without sensitive outputs need none.
   */
  recall?(context: StepContext<S>, outputs: JsonObject): Promise<JsonObject>;
}

/** What services (AWS clients, watch, processes) need to know of who uses them: a step, or the teardown of a resource. */
export interface ServiceScope {
  readonly runId: string;
  readonly drillName: string;
  readonly regions: DrillRegions;
  /** Whether calls to `regions.primary` must be refused now. */
  readonly primaryRefused: boolean;
  /** Aborts when the time budget ends or the run is aborted. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The run's folder; absolute. */
  readonly runFolder: string;
  /** The drill's folder; absolute. Absent when a run is torn down away from it. */
  readonly drillFolder?: string;
  /** The step instance; absent in teardown. */
  readonly instance?: string;
  /** Tags for whatever is created: run, drill and step. */
  readonly tags: Tags;
  /** Journals a fact that is not a measurement: shown live, kept for the report. `fraction` is 0 to 1. */
  progress(message: string, fraction?: number): void;
  /** Journals a deviation that does not stop the run. */
  finding(finding: Finding): Promise<void>;
  /** From now on this value is replaced by `[redacted]` wherever the run writes it. */
  secret(value: string): void;
  /** Counts the time `work` takes as time waited for people. */
  waitingForPeople<T>(prompt: string, work: () => Promise<T>): Promise<T>;
  /** Journals that an AWS call was made. The AWS clients do this; steps need not. */
  recordCall(call: AwsCall): Promise<void>;
  /** Journals a state change that a watch has seen. The watch does this; steps need not. */
  recordObservation(observation: Observation): Promise<void>;
  /** Journals which program in which version is used. Repeating it does no harm. */
  recordTool(tool: Omit<ToolUsed, "type">): Promise<void>;
}

/** The scope one attempt of one step instance runs in. */
export interface StepScope extends ServiceScope {
  readonly phase: Phase;
  /** The step's id in the file. */
  readonly step: string;
  /** The id, plus `[index]` when it comes from a `forEach`. */
  readonly instance: string;
  /** From 1. */
  readonly attempt: number;
  readonly drillFolder: string;
  /** How many events the run's journal has. It grows from each process of a run to the next, whatever clocks say. */
  journaled(): number;
}

export interface StepContext<S> extends StepScope {
  readonly services: S;
  /**
   * Creates a resource crash-safely: journals the intent, asks the kind to find what an earlier, cut-off try has made, else
   * calls `send`, then journals the id. `send` gets the token for `ClientToken` and the tags for `TagSpecifications`.
   * Clients used inside `send` for kinds without `idempotentCreate` must not retry by themselves.
   */
  create(
    kind: string,
    where: { readonly region: string; readonly attributes?: JsonObject },
    send: (token: string, tags: Tags) => Promise<FoundResource>,
  ): Promise<FoundResource & { readonly adopted: boolean }>;
  /**
   * Must be asked before anything is changed that an input names: whether this run has made it. @throws Failure `not-of-this-run` when
   * the ledger has no such resource, or not any more.
   */
  assertOwn(kind: string, id: string): void;
  /** Journals a check of recovered data. A run without a passed one is `unproven`. A failed check fails the step. */
  prove(check: DataCheck): Promise<void>;
  /** Journals what is known of the recovery point: what the RPA is measured from. */
  recoveryPoint(point: RecoveryPoint): Promise<void>;
}
