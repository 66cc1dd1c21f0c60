import pLimit from "p-limit";
import type { Phase, Step } from "../drill/drill.ts";
import { evaluateCondition, evaluateTemplate, type ExpressionScope } from "../drill/expressions.ts";
import { isoInstant } from "../time/clock.ts";
import { formatDuration } from "../time/duration.ts";
import type { StepOutcome } from "./events.ts";
import { isTakenUp } from "./fold.ts";
import { Failure, toFailureRecord, type FailureRecord } from "./failure.ts";
import type { Json } from "./resource-kind.ts";
import type { Run } from "./run.ts";
import type { StepRecord } from "./record.ts";
import { recallOutputs, runAttempt, type AttemptResult } from "./step-attempt.ts";
import type { StepKind } from "./step-kind.ts";

type Each = NonNullable<ExpressionScope["each"]>;

/** How many instances of a `forEach` run at once unless the drill says otherwise. */
const DEFAULT_CONCURRENCY = 10;

export interface StepRequest {
  readonly phase: Phase;
  readonly step: Step;
  readonly signal: AbortSignal;
}

/** Whether the phase may go on. */
export type StepVerdict = "passed" | "skipped" | "failed" | "aborted";

/** Runs a step of the drill file: its condition, its instances, their attempts. Never throws for what a step does wrong. */
export async function runStep<S>(run: Run<S>, request: StepRequest): Promise<StepVerdict> {
  const { step } = request;
  if (run.known(step.id)?.outcome === "skipped") return skipped(run, step);
  try {
    if (step.if !== undefined && !evaluateCondition(step.if, scopeFor(run))) {
      await finishWithoutRunning(run, request, { outcome: "skipped", reason: `its condition is false: ${step.if}` });
      return skipped(run, step);
    }
    if (step.forEach === undefined) return await runInstance(run, request, { instance: step.id });
    return await runForEach(run, request, evaluateTemplate(step.forEach, scopeFor(run)));
  } catch (error) {
    await finishWithoutRunning(run, request, { outcome: "failed", failure: toFailureRecord(error) });
    return "failed";
  }
}

/** Journals that a step of the drill was not run, and why. */
export async function finishWithoutRunning<S>(
  run: Run<S>,
  request: Pick<StepRequest, "phase" | "step">,
  end: { outcome: StepOutcome; reason?: string; failure?: FailureRecord },
): Promise<void> {
  const { phase, step } = request;
  await run.emit({
    type: "step-finished",
    phase,
    step: step.id,
    instance: step.id,
    attempt: 1,
    uses: step.uses,
    outputs: {},
    durationMs: 0,
    willRetry: false,
    ...end,
  });
}

async function runForEach<S>(run: Run<S>, request: StepRequest, list: unknown): Promise<StepVerdict> {
  const { step } = request;
  if (!Array.isArray(list)) throw notAList(step, list);
  if (list.length === 0) {
    await finishWithoutRunning(run, request, { outcome: "skipped", reason: "its forEach list is empty" });
    return skipped(run, step);
  }
  const limit = pLimit(step.concurrency ?? DEFAULT_CONCURRENCY);
  const verdicts = await Promise.all(
    list.map((value, index) =>
      limit(() =>
        runInstance(run, request, { instance: `${step.id}[${index}]`, each: { value: value as Each["value"], index } }),
      ),
    ),
  );
  run.outputs[step.id] = { all: list.map((_, index) => run.outputs[`${step.id}[${index}]`] ?? null) };
  return worst(verdicts);
}

interface Instance {
  readonly instance: string;
  readonly each?: Each;
}

async function runInstance<S>(run: Run<S>, request: StepRequest, one: Instance): Promise<StepVerdict> {
  const kind = run.deps.stepKinds.get(request.step.uses);
  if (!kind) throw new Error(`the step kind ${request.step.uses} passed validation but does not exist`);
  const before = run.known(one.instance);
  if (before?.outcome !== undefined) return takeOver(run, kind, { request, one, before });
  const most = request.step.retry?.attempts ?? 1;
  for (let number = nextAttempt(before); ; number++) {
    const result = await attemptOnce(run, kind, { request, one, number, most });
    if (result.outcome === "passed") {
      run.outputs[one.instance] = result.outputs;
      return "passed";
    }
    if (!result.willRetry) return result.outcome === "aborted" ? "aborted" : "failed";
    await pauseBeforeRetry(run, request);
  }
}

/** An attempt that was cut off is the same attempt again: it finds what it had created under the same keys. */
function nextAttempt(before: StepRecord | undefined): number {
  if (!before) return 1;
  return before.running ? before.attempts : before.attempts + 1;
}

/** Of a `forEach` that is skipped, for whichever reason, there is no instance. */
function skipped<S>(run: Run<S>, step: Step): StepVerdict {
  if (step.forEach !== undefined) run.outputs[step.id] = { all: [] };
  return "skipped";
}

/** A step that has ended in an earlier process is not run again; what it yielded counts. */
async function takeOver<S>(
  run: Run<S>,
  kind: StepKind<S>,
  of: { readonly request: StepRequest; readonly one: Instance; readonly before: StepRecord },
): Promise<StepVerdict> {
  const { request, one, before } = of;
  if (before.outcome !== "passed") return "failed";
  run.outputs[one.instance] = await recallOutputs(run, kind, {
    phase: request.phase,
    step: request.step,
    instance: one.instance,
    number: before.attempts,
    input: before.input,
    signal: request.signal,
    outputs: before.outputs,
  });
  return "passed";
}

async function pauseBeforeRetry<S>(run: Run<S>, request: StepRequest): Promise<void> {
  // An abort during the pause ends it; the next attempt then reports the abort.
  await run.clock.sleep(request.step.retry?.delayMs ?? 0, request.signal).catch(() => undefined);
}

interface AttemptRequest {
  readonly request: StepRequest;
  readonly one: Instance;
  readonly number: number;
  readonly most: number;
}

async function attemptOnce<S>(
  run: Run<S>,
  kind: StepKind<S>,
  of: AttemptRequest,
): Promise<AttemptResult & { readonly willRetry: boolean }> {
  const { phase, step, signal } = of.request;
  const { instance } = of.one;
  const about = { phase, step: step.id, instance, attempt: of.number, uses: step.uses } as const;
  const input = resolveInput(run, step, of.one.each);
  const before = run.known(instance);
  const started = await run.emit({ type: "step-started", ...about, input: input.value as Json });
  const result: AttemptResult = input.failure
    ? { outcome: "failed", outputs: {}, failure: input.failure, durationMs: 0 }
    : await runAttempt(run, kind, { phase, step, instance, number: of.number, input: input.value, signal });
  const willRetry = of.number < of.most && mayRetry(result);
  const beforeTheCut = isTakenUp(before, of.number) ? started.mono - before.lastAttemptAt.mono : undefined;
  await run.emit({
    type: "step-finished",
    ...about,
    outcome: result.outcome,
    outputs: result.outputs,
    durationMs: result.durationMs + (beforeTheCut ?? 0),
    ...(beforeTheCut === undefined ? {} : { wallClock: true }),
    willRetry,
    ...(result.failure ? { failure: result.failure } : {}),
  });
  if (!willRetry) await noteMissedTarget(run, step, instance);
  return { ...result, willRetry };
}

/** Data that differ will differ again, and so will a refusal; a person's Ctrl-C is not to be argued with. */
function mayRetry(result: AttemptResult): boolean {
  const noUse = result.failure?.consequence === "verification" || result.failure?.retryable === false;
  return (result.outcome === "failed" || result.outcome === "timed-out") && !noUse;
}

/** The target is of the whole step: every attempt, and the time it lay still when the run was cut off in it. */
async function noteMissedTarget<S>(run: Run<S>, step: Step, instance: string): Promise<void> {
  const { startedAt, finishedAt } = run.known(instance) ?? {};
  if (step.targetMs === undefined || !startedAt || !finishedAt) return;
  const tookMs = finishedAt.mono - startedAt.mono;
  if (tookMs <= step.targetMs) return;
  await run.finding(
    {
      code: "target-missed",
      severity: "warning",
      message: `step ${instance} took ${formatDuration(tookMs)}, its target is ${formatDuration(step.targetMs)}`,
    },
    instance,
  );
}

function resolveInput<S>(run: Run<S>, step: Step, each: Each | undefined): { value: unknown; failure?: FailureRecord } {
  try {
    return { value: evaluateTemplate(step.with, scopeFor(run, each)) };
  } catch (error) {
    return { value: {}, failure: toFailureRecord(error) };
  }
}

function scopeFor<S>(run: Run<S>, each?: Each): ExpressionScope {
  const { drill, deps } = run;
  return {
    steps: run.outputs,
    run: { id: deps.runId, startedAt: isoInstant(run.startedAt) },
    drill: { name: drill.name },
    regions: { primary: drill.regions.primary, dr: drill.regions.dr },
    account: { id: run.account },
    ...(each ? { each } : {}),
  };
}

function worst(verdicts: readonly StepVerdict[]): StepVerdict {
  return (["aborted", "failed"] as const).find((verdict) => verdicts.includes(verdict)) ?? "passed";
}

function notAList(step: Step, value: unknown): Failure {
  return new Failure({
    code: "for-each-not-a-list",
    message: `forEach of step ${step.id} must yield a list, and it yielded ${value === null ? "null" : typeof value}`,
    fixer: "drill author",
    next: "gameday validate",
  });
}
