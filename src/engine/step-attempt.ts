import { untilAborted } from "../time/abortable.ts";
import { formatDuration } from "../time/duration.ts";
import type { Phase, Step } from "../drill/drill.ts";
import { assertOwn } from "./ledger.ts";
import type { JsonObject } from "./resource-kind.ts";
import { createResource } from "./create-resource.ts";
import { Failure, toFailureRecord, type FailureRecord } from "./failure.ts";
import type { StepOutcome } from "./events.ts";
import { primaryCountsAsLost, type Run } from "./run.ts";
import type { StepContext, StepKind, StepScope } from "./step-kind.ts";

export interface Attempt {
  readonly phase: Phase;
  readonly step: Step;
  readonly instance: string;
  readonly number: number;
  /** Resolved: no expressions left. */
  readonly input: unknown;
  /** What stops the step from outside: the run's abort, or teardown's budget. */
  readonly signal: AbortSignal;
}

export interface AttemptResult {
  readonly outcome: Extract<StepOutcome, "passed" | "failed" | "timed-out" | "aborted">;
  /** As the step returned them, secrets included: for expressions, never for the journal. */
  readonly outputs: JsonObject;
  readonly failure?: FailureRecord;
  readonly durationMs: number;
}

/** How long a step that was told to stop may take to do so (terraform finishes the calls in flight first). */
const STOPPING_MS = 15 * 60_000;

/** Runs one attempt within its time budget. Never throws: whatever goes wrong is in the result. */
export async function runAttempt<S>(run: Run<S>, kind: StepKind<S>, attempt: Attempt): Promise<AttemptResult> {
  const { clock } = run;
  const began = clock.monotonic();
  const stop = new AbortController();
  const done = new AbortController();
  const forward = () => stop.abort(attempt.signal.reason);
  if (attempt.signal.aborted) forward();
  attempt.signal.addEventListener("abort", forward);
  const timeoutMs = attempt.step.timeoutMs ?? kind.defaultTimeoutMs;
  const budget = clock.sleep(timeoutMs, done.signal).then(
    () => stop.abort(timedOut(attempt, timeoutMs)),
    () => undefined,
  );
  try {
    const outputs = await stoppable(run, callStep(run, kind, attempt, stop.signal), stop.signal, done.signal);
    return { outcome: "passed", outputs, durationMs: clock.monotonic() - began };
  } catch (error) {
    return { ...explain(error, stop.signal, attempt), outputs: {}, durationMs: clock.monotonic() - began };
  } finally {
    attempt.signal.removeEventListener("abort", forward);
    done.abort();
    await budget;
  }
}

/** The outputs of a step that has passed in an earlier process, with what the journal must not hold. */
export async function recallOutputs<S>(
  run: Run<S>,
  kind: StepKind<S>,
  of: Attempt & { readonly outputs: JsonObject },
): Promise<JsonObject> {
  if (!kind.recall) return of.outputs;
  return kind.recall(contextFor(run, kind, of, of.signal), of.outputs);
}

/** The step's own end, or the stop signal plus the time a step has for stopping. */
async function stoppable<T, S>(run: Run<S>, work: Promise<T>, stop: AbortSignal, done: AbortSignal): Promise<T> {
  const gaveUp = untilAborted(stop)
    .then(() => run.clock.sleep(STOPPING_MS, done))
    .then(() => Promise.reject(stop.reason));
  gaveUp.catch(() => undefined);
  return Promise.race([work, gaveUp]);
}

async function callStep<S>(run: Run<S>, kind: StepKind<S>, attempt: Attempt, signal: AbortSignal): Promise<JsonObject> {
  signal.throwIfAborted();
  const input = kind.input.safeParse(attempt.input);
  if (!input.success) throw invalidInput(attempt, input.error.issues);
  const context = contextFor(run, kind, attempt, signal);
  const outputs = await kind.run(context, input.data);
  return asJson(kind.output.parse(outputs));
}

function contextFor<S>(run: Run<S>, kind: StepKind<S>, attempt: Attempt, signal: AbortSignal): StepContext<S> {
  const { phase, step, instance } = attempt;
  const reachesPrimary = (kind.reachesPrimary ?? false) || (step.allowPrimary ?? false);
  const primaryRefused = primaryCountsAsLost(run.drill, phase) && !reachesPrimary;
  const scope: StepScope = {
    ...run.scope({ signal, instance, primaryRefused }),
    phase,
    step: step.id,
    instance,
    attempt: attempt.number,
    drillFolder: run.drill.source.folder,
    journaled: () => run.eventCount,
  };
  const services = run.deps.services(scope);
  let ordinal = 0;
  return {
    ...scope,
    services,
    create: (kindName, where, send) =>
      createResource({ run, scope, services, ordinal: ordinal++, kind: kindName, where, send }),
    assertOwn: (kindName, id) => assertOwn(run.record().ledger, kindName, id),
    prove: async (check) => {
      await run.emit({ type: "data-checked", instance, ...check });
      if (!check.passed) throw checkFailed(check.summary, check.differences);
    },
    recoveryPoint: async (point) => void (await run.emit({ type: "recovery-point", instance, ...point })),
  };
}

function explain(error: unknown, stop: AbortSignal, attempt: Attempt): Pick<AttemptResult, "outcome" | "failure"> {
  if (!stop.aborted) {
    const failure = toFailureRecord(error);
    return { outcome: failure.consequence === "timeout" ? "timed-out" : "failed", failure };
  }
  if (stop.reason instanceof Failure) {
    // Who waited may know better why the time was not enough.
    const why = error instanceof Failure && error.details.code === stop.reason.details.code ? error : stop.reason;
    return { outcome: "timed-out", failure: toFailureRecord(why) };
  }
  return { outcome: "aborted", failure: toFailureRecord(abortedBy(stop.reason, attempt)) };
}

function timedOut(attempt: Attempt, timeoutMs: number): Failure {
  return new Failure({
    code: "step-timed-out",
    message: `step ${attempt.instance} did not end within its time budget of ${formatDuration(timeoutMs)}`,
    fixer: "operator",
    next: `look at the step's last progress in the report; raise its timeout: in the drill file if it only needs longer`,
    consequence: "timeout",
  });
}

function abortedBy(reason: unknown, attempt: Attempt): Failure {
  return new Failure({
    code: "aborted",
    message: `step ${attempt.instance} was stopped (${String(reason)})`,
    fixer: "operator",
    consequence: "aborted",
  });
}

function checkFailed(summary: string, differences: readonly string[] | undefined): Failure {
  return new Failure({
    code: "data-differs",
    message: summary,
    fixer: "operator",
    next: "treat this recovery point as unusable until the difference is explained",
    consequence: "verification",
    ...(differences ? { details: differences } : {}),
  });
}

function invalidInput(attempt: Attempt, issues: readonly { path: PropertyKey[]; message: string }[]): Failure {
  return new Failure({
    code: "invalid-input",
    message: `step ${attempt.instance} cannot run: its input is wrong once its expressions are filled in`,
    fixer: "drill author",
    next: "correct the step's with: in the drill file, then gameday validate",
    details: issues.map((issue) => `with.${issue.path.map(String).join(".")}: ${issue.message}`),
  });
}

/** Outputs are data: whatever JSON cannot hold is a bug of the step kind. */
function asJson(outputs: unknown): JsonObject {
  return JSON.parse(JSON.stringify(outputs)) as JsonObject;
}
