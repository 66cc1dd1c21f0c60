import type { Phase } from "../drill/drill.ts";
import type { JournaledEvent, PeopleWait, PlannedStep, StepFinished, StepStarted } from "./events.ts";
import { Failure } from "./failure.ts";
import type { Instant, PhaseRecord, RunRecord, StepRecord } from "./record.ts";
import type { LedgerEntry } from "./resource-kind.ts";
import { foldLedger } from "./ledger.ts";
import { RecoveryPointFacts } from "./recovery-points.ts";

/** A record while events are still being added; what {@link Fold.record} shows is readonly. */
interface Draft {
  head?: Pick<RunRecord, "run" | "startedAt">;
  plans: ReadonlyMap<string, PlannedStep>;
  identity?: RunRecord["identity"];
  readonly resumes: RunRecord["resumes"][number][];
  readonly tools: RunRecord["tools"][number][];
  readonly phases: PhaseRecord[];
  readonly steps: Map<string, StepRecord>;
  disasterAt?: Instant;
  readonly points: RecoveryPointFacts;
  readonly peopleWaits: RunRecord["peopleWaits"][number][];
  readonly checks: RunRecord["checks"][number][];
  readonly findings: RunRecord["findings"][number][];
  readonly calls: RunRecord["calls"][number][];
  readonly observations: RunRecord["observations"][number][];
  readonly ledger: Map<string, LedgerEntry>;
  aborted?: RunRecord["aborted"];
  finished?: RunRecord["finished"];
  readonly unknownTypes: Set<string>;
  lastSeq: number;
  lastAt: Instant;
}

/** Folds events into a record, one at a time or all at once. */
export class Fold {
  readonly #draft: Draft = {
    plans: new Map(),
    resumes: [],
    tools: [],
    phases: [],
    steps: new Map(),
    points: new RecoveryPointFacts(),
    peopleWaits: [],
    checks: [],
    findings: [],
    calls: [],
    observations: [],
    ledger: new Map(),
    unknownTypes: new Set(),
    lastSeq: -1,
    lastAt: { at: "", mono: 0 },
  };

  add(event: JournaledEvent): void {
    apply(this.#draft, event);
    this.#draft.lastSeq = event.seq;
    this.#draft.lastAt = { at: event.at, mono: event.mono };
  }

  /** One step instance, without building a whole record. */
  step(instance: string): StepRecord | undefined {
    return this.#draft.steps.get(instance);
  }

  phase(phase: Phase): PhaseRecord | undefined {
    return this.#draft.phases.find((known) => known.phase === phase);
  }

  /** Types of events that this gameday does not know: whoever only reads passes them over, whoever goes on must not. */
  get unknownTypes(): readonly string[] {
    return [...this.#draft.unknownTypes];
  }

  /** How many events have been added. */
  get count(): number {
    return this.#draft.lastSeq + 1;
  }

  /** Epoch milliseconds; undefined before the first event. */
  get startedAtMs(): number | undefined {
    const at = this.#draft.head?.startedAt.at;
    return at === undefined ? undefined : Date.parse(at);
  }

  get disasterDeclared(): boolean {
    return this.#draft.disasterAt !== undefined;
  }

  /** The ledger without building a whole record: the engine asks for it at every create. */
  ledgerEntry(key: string): LedgerEntry | undefined {
    return this.#draft.ledger.get(key);
  }

  /** @throws Failure `nothing-begun` when no `run-started` has been added. */
  record(): RunRecord {
    const { head, plans: _plans, unknownTypes: _unknown, steps, ledger, points, ...rest } = this.#draft;
    if (!head) throw nothingBegun();
    const found = { recoveryPoint: points.worst(), recoveryPoints: points.all() };
    return { ...rest, ...head, ...found, steps: [...steps.values()], ledger: [...ledger.values()] } as RunRecord;
  }
}

function nothingBegun(): Failure {
  return new Failure({
    code: "nothing-begun",
    message:
      "the run was cut off before its first event was on disk: it has changed nothing, and there is nothing to tell",
    fixer: "operator",
    next: "run the drill again",
  });
}

export function foldEvents(events: Iterable<JournaledEvent>): RunRecord {
  const fold = new Fold();
  for (const event of events) fold.add(event);
  return fold.record();
}

function apply(draft: Draft, event: JournaledEvent): void {
  const at: Instant = { at: event.at, mono: event.mono };
  switch (event.type) {
    case "run-started":
      draft.head = { run: event, startedAt: at };
      draft.plans = new Map(event.steps.map((step) => [step.id, step]));
      return;
    case "run-resumed":
      draft.resumes.push({ at, gapMs: event.gapMs });
      return;
    case "identity-confirmed":
      draft.identity = event;
      return;
    case "tool-used":
      draft.tools.push(event);
      return;
    case "phase-started":
      draft.phases.push({ phase: event.phase, startedAt: at });
      return;
    case "phase-finished":
      finishPhase(draft.phases, { phase: event.phase, outcome: event.outcome, finishedAt: at });
      return;
    case "disaster-declared":
      draft.disasterAt = at;
      return;
    case "step-started":
    case "step-progress":
    case "step-finished":
      applyToStep(draft, event, at);
      return;
    case "people-wait":
      draft.peopleWaits.push({ ...event, at });
      applyToStep(draft, event, at);
      return;
    case "resource-intended":
    case "resource-created":
    case "resource-deleting":
    case "resource-deleted":
    case "resource-leaked":
    case "resource-kept":
      foldLedger(draft.ledger, event);
      return;
    case "data-checked":
      draft.checks.push({ ...event, at });
      return;
    case "recovery-point":
      draft.points.add(recoveryPointOf(event));
      return;
    case "finding":
      draft.findings.push({ ...event, at });
      return;
    case "aws-call":
      draft.calls.push({ ...event, at });
      return;
    case "state-observed":
      draft.observations.push({ ...event, at });
      return;
    case "abort-requested":
      draft.aborted ??= { reason: event.reason, at, ...(event.detail === undefined ? {} : { detail: event.detail }) };
      return;
    case "run-finished":
      draft.finished = { ...event, at };
      return;
    default:
      // A later gameday of the same journal version may tell more; what it tells in events known here is not made less true.
      draft.unknownTypes.add((event satisfies never as { readonly type: string }).type);
  }
}

function finishPhase(phases: PhaseRecord[], end: Required<Omit<PhaseRecord, "startedAt">>): void {
  const index = phases.findLastIndex((phase) => phase.phase === end.phase);
  if (index >= 0) phases[index] = { ...phases[index]!, ...end };
}

type StepEvent = Extract<JournaledEvent, { type: "step-started" | "step-progress" | "step-finished" | "people-wait" }>;

function applyToStep(draft: Draft, event: StepEvent, at: Instant): void {
  const known = draft.steps.get(event.instance);
  const next = nextStep({ draft, event, at, known });
  if (next) draft.steps.set(event.instance, next);
}

function nextStep(of: {
  draft: Draft;
  event: StepEvent;
  at: Instant;
  known: StepRecord | undefined;
}): StepRecord | undefined {
  const { event, at, known } = of;
  if (event.type === "step-started") return startedStep(of.draft, event, at, known);
  if (event.type === "step-finished")
    return finishedStep(
      known ?? startedStep(of.draft, { ...event, type: "step-started", input: {} }, at, undefined),
      event,
      at,
    );
  if (!known) return undefined;
  if (event.type === "step-progress") return { ...known, lastProgress: event.message };
  return withPeopleWait(known, event);
}

function startedStep(draft: Draft, event: StepStarted, at: Instant, known: StepRecord | undefined): StepRecord {
  const plan = draft.plans.get(event.step);
  const { finishedAt: _finishedAt, failure: _failure, ...earlier } = known ?? ({} as Partial<StepRecord>);
  return {
    startedAt: at,
    outputs: {},
    peopleWaitMs: 0,
    ...earlier,
    phase: event.phase,
    step: event.step,
    instance: event.instance,
    uses: event.uses,
    input: event.input,
    attempts: event.attempt,
    lastAttemptAt: isTakenUp(known, event.attempt) ? known.lastAttemptAt : at,
    running: true,
    ...(plan?.name === undefined ? {} : { name: plan.name }),
    ...(plan?.targetMs === undefined ? {} : { targetMs: plan.targetMs }),
  };
}

/** The same attempt again, after the run was cut off in it. */
export function isTakenUp(known: StepRecord | undefined, attempt: number): known is StepRecord {
  return known?.running === true && known.attempts === attempt;
}

function finishedStep(step: StepRecord, event: StepFinished, at: Instant): StepRecord {
  return {
    ...step,
    finishedAt: at,
    running: false,
    ...(event.willRetry ? {} : { outcome: event.outcome }),
    outputs: event.outputs,
    ...(event.failure ? { failure: event.failure } : {}),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
  };
}

function withPeopleWait(step: StepRecord, event: PeopleWait): StepRecord {
  return { ...step, peopleWaitMs: step.peopleWaitMs + event.durationMs };
}

function recoveryPointOf(event: JournaledEvent & { type: "recovery-point" }) {
  const { type: _type, instance, v: _v, seq: _seq, at: _at, mono: _mono, prev: _prev, ...facts } = event;
  return { instance, facts };
}
