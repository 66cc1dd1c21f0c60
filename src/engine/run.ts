import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { isoInstant, type Clock } from "../time/clock.ts";
import type { Drill, Phase } from "../drill/drill.ts";
import type { JsonValue } from "../drill/json.ts";
import type { AbortRequested, JournaledEvent, RunEvent, RunOutcome, ToolUsed } from "./events.ts";
import type { DrillFile, Finding } from "./facts.ts";
import { Failure } from "./failure.ts";
import { Fold } from "./fold.ts";
import { Journal, type JournalListener, type JournalTail } from "./journal.ts";
import { Owners } from "./ownership.ts";
import type { PhaseRecord, RunRecord, StepRecord } from "./record.ts";
import { withoutSecrets } from "./free-text.ts";
import { Redaction } from "./redaction.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { ServiceScope, StepKind } from "./step-kind.ts";
import { DEADLINE_TAG, DRILL_TAG, RUN_TAG, STEP_TAG } from "./tags.ts";

/** Everything a run needs from outside. `S` is what steps and resource kinds get to work with. */
export interface RunDependencies<S> {
  readonly runId: string;
  /** Absolute; exists. */
  readonly runFolder: string;
  readonly clock: Clock;
  readonly mode: "live" | "rehearsal";
  /** What stands in AWS's place for every service; absent on AWS's own endpoints, and for a sandbox in this process. */
  readonly endpoint?: string;
  /** Terraform's configuration and programs that the drill's steps use, as they are now. */
  readonly files?: readonly DrillFile[];
  readonly versions: { readonly gameday: string; readonly node: string };
  readonly process: { readonly pid: number; readonly host: string };
  readonly stepKinds: ReadonlyMap<string, StepKind<S>>;
  readonly resourceKinds: ReadonlyMap<string, ResourceKind<S>>;
  services(scope: ServiceScope): S;
  /** Decides whether the run may touch AWS at all. @throws Failure with consequence `refused`. */
  guard(scope: ServiceScope): Promise<Identity>;
  /** Weighs the record once everything has happened. */
  judge(record: RunRecord): { readonly outcome: RunOutcome; readonly exitCode: number };
  readonly listeners?: readonly JournalListener[];
  /** Whether what a failed step leaves is kept; what the drill says when absent. */
  readonly keepOnFailure?: boolean;
  /**
   * Watches the drill's stop alarms; resolves with what one of them says as soon as it is on. Rejects when they cannot be watched,
   * which stops the run, too. Absent where there is nobody to watch them.
   */
  stopAlarm?(alarms: readonly string[], scope: ServiceScope): Promise<string>;
}

export interface Identity {
  readonly account: string;
  readonly arn: string;
  readonly clockOffsetMs: Readonly<Record<string, number>>;
  /** SHA-256 of the signed statement of intent. */
  readonly intent?: string;
}

/** A step's outputs, or for a `forEach` step the list of its instances'. */
export type StepOutputs = { readonly [key: string]: JsonValue };

export type AbortReason = AbortRequested["reason"];

/** What the parts of a run share: the journal, its fold, the secrets, the abort signal. */
export class Run<S> {
  readonly drill: Drill;
  readonly deps: RunDependencies<S>;
  readonly clock: Clock;
  /** Aborts with the reason when the run is to stop and be torn down. */
  readonly abort = new AbortController();
  readonly redaction = new Redaction();
  readonly owners: Owners<S>;
  /** Outputs of the steps that have passed, as expressions see them. */
  readonly outputs: Record<string, StepOutputs> = {};
  account = "";
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** ISO instant at which this process is over with the run at the latest, teardown included. */
  readonly deadline: string;
  readonly #journal: Journal;
  readonly #fold: Fold;
  readonly #tools = new Set<string>();
  /** From then on the run goes on even where its journal cannot be written: nothing may stay behind for that. */
  #tearingDown = false;
  #abortWritten: Promise<unknown> | undefined;

  private constructor(drill: Drill, deps: RunDependencies<S>, journal: Journal, fold: Fold) {
    this.drill = drill;
    this.deps = deps;
    this.owners = new Owners(deps.runId, deps.resourceKinds);
    this.clock = deps.clock;
    this.startedAt = fold.startedAtMs ?? deps.clock.now();
    const { maxDurationMs, teardownBudgetMs } = drill.safety;
    this.deadline = isoInstant(deps.clock.now() + maxDurationMs + teardownBudgetMs);
    this.#journal = journal;
    this.#fold = fold;
    // Every step that goes on listens to it.
    setMaxListeners(0, this.abort.signal);
    journal.onEvent((event) => fold.add(event));
    for (const listener of deps.listeners ?? []) journal.onEvent(listener);
  }

  static async open<S>(drill: Drill, deps: RunDependencies<S>, earlier?: EarlierRun): Promise<Run<S>> {
    const path = journalPath(deps.runFolder);
    const fold = new Fold();
    for (const event of earlier?.events ?? []) fold.add(event);
    if (fold.unknownTypes.length > 0) throw writtenByALater(fold.unknownTypes);
    const journal = earlier
      ? await Journal.continue(path, deps.clock, earlier.tail)
      : await Journal.create(path, deps.clock);
    return new Run(drill, deps, journal, fold);
  }

  /**
   * Writes a fact. Secrets are blanked before it is written. @throws Failure `journal-unwritable`, but not in teardown, which goes
   * on with what its listeners know.
   */
  async emit(event: RunEvent): Promise<JournaledEvent> {
    const clean = withoutSecrets(event, this.redaction);
    try {
      return await this.#journal.append(clean);
    } catch (error) {
      if (!this.#tearingDown || this.#journal.failure === undefined) throw error;
      return this.#journal.tell(clean);
    }
  }

  /** Why the journal cannot be written any more, if so. */
  get journalFailure(): Failure | undefined {
    return this.#journal.failure;
  }

  beginTearingDown(): void {
    this.#tearingDown = true;
  }

  record(): RunRecord {
    return this.#fold.record();
  }

  /** What is known of a step instance; undefined until it has begun, in this process or an earlier one. */
  known(instance: string): StepRecord | undefined {
    return this.#fold.step(instance);
  }

  get eventCount(): number {
    return this.#fold.count;
  }

  phase(phase: Phase): PhaseRecord | undefined {
    return this.#fold.phase(phase);
  }

  get disasterDeclared(): boolean {
    return this.#fold.disasterDeclared;
  }

  ledgerEntry(key: string): ReturnType<Fold["ledgerEntry"]> {
    return this.#fold.ledgerEntry(key);
  }

  /** Whether the journal is still the file that was written; if not, {@link journalFailure} says so. */
  checkJournal(): Promise<void> {
    return this.#journal.checkFile();
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  /** The first request counts: it stops what is going on and starts the teardown. */
  async requestAbort(reason: AbortReason, detail?: string): Promise<void> {
    if (this.abort.signal.aborted) return;
    this.#abortWritten = this.emit({ type: "abort-requested", reason, ...(detail === undefined ? {} : { detail }) });
    this.abort.abort(reason);
    await this.#abortWritten;
  }

  /** Resolves when a requested abort stands in the journal, and so in the record. */
  async abortWritten(): Promise<void> {
    // One that could not be written has failed loudly already.
    await this.#abortWritten?.catch(() => undefined);
  }

  /** The scope for services used by `who`. */
  scope(who: ScopeOptions): ServiceScope {
    const instance = who.instance;
    const named = instance === undefined ? {} : { instance };
    return {
      runId: this.deps.runId,
      drillName: this.drill.name,
      regions: this.drill.regions,
      primaryRefused: who.primaryRefused ?? false,
      signal: who.signal,
      clock: this.clock,
      runFolder: this.deps.runFolder,
      drillFolder: this.drill.source.folder,
      ...named,
      tags: {
        [RUN_TAG]: this.deps.runId,
        [DRILL_TAG]: this.drill.name,
        [STEP_TAG]: instance ?? "teardown",
        [DEADLINE_TAG]: this.deadline,
      },
      progress: (message, fraction) => this.#progress({ instance, message, fraction }),
      finding: async (finding) => void (await this.finding(finding, instance)),
      secret: (value) => this.redaction.add(value),
      waitingForPeople: (prompt, work) => this.#waitForPeople({ instance: instance ?? "", prompt, work }),
      recordCall: async (call) => void (await this.emit({ type: "aws-call", ...call, ...named })),
      recordObservation: async (seen) => void (await this.emit({ type: "state-observed", ...seen, ...named })),
      recordTool: (tool) => this.#recordTool(tool),
    };
  }

  async finding(finding: Finding, instance?: string): Promise<void> {
    await this.emit({ type: "finding", ...finding, ...(instance === undefined ? {} : { instance }) });
  }

  #progress(of: { instance: string | undefined; message: string; fraction: number | undefined }): void {
    const fraction = of.fraction === undefined ? {} : { fraction: of.fraction };
    // Nobody waits for a progress line; a journal that cannot be written fails at the next fact that matters.
    this.emit({ type: "step-progress", instance: of.instance ?? "teardown", message: of.message, ...fraction }).catch(
      () => undefined,
    );
  }

  async #waitForPeople<T>(of: { instance: string; prompt: string; work: () => Promise<T> }): Promise<T> {
    const began = this.clock.monotonic();
    try {
      return await this.clock.during(of.work);
    } finally {
      const durationMs = this.clock.monotonic() - began;
      await this.emit({ type: "people-wait", instance: of.instance, prompt: of.prompt, durationMs });
    }
  }

  async #recordTool(tool: Omit<ToolUsed, "type">): Promise<void> {
    const key = JSON.stringify([tool.tool, tool.version, tool.from, tool.lock]);
    if (this.#tools.has(key)) return;
    this.#tools.add(key);
    await this.emit({ type: "tool-used", ...tool });
  }
}

/** What an earlier, cut-off process has journaled of this run. */
export interface EarlierRun {
  readonly events: readonly JournaledEvent[];
  readonly tail: JournalTail;
}

export interface ScopeOptions {
  readonly signal: AbortSignal;
  readonly instance?: string;
  readonly primaryRefused?: boolean;
}

function writtenByALater(types: readonly string[]): Failure {
  return new Failure({
    code: "journal-newer",
    message: `a later gameday wrote this run's journal: this one does not know its events ${types.join(", ")}, and cannot go on with it`,
    fixer: "operator",
    next: "npm install --global gameday@latest, then gameday resume",
  });
}

export function journalPath(runFolder: string): string {
  return join(runFolder, "journal.jsonl");
}

/** The primary Region counts as lost while the drill recovers and verifies; teardown cleans up on both sides. */
export function primaryCountsAsLost(drill: Drill, phase: Phase): boolean {
  return drill.regions.primaryLost && (phase === "recover" || phase === "verify");
}
