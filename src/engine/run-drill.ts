import { PHASES, stepsOf, type Drill } from "../drill/drill.ts";
import type { Clock } from "../time/clock.ts";
import { withinBudget } from "./budget.ts";
import type { PlannedStep, RunEvent, RunFinished, RunStarted } from "./events.ts";
import { Failure, toFailureRecord, type FailureRecord } from "./failure.ts";
import { keepResources, keepsOnFailure, wasKeeping } from "./keep.ts";
import { nameOf, unintended } from "./ledger.ts";
import { runPhase, skipPhase } from "./phase-runner.ts";
import type { ReadJournal } from "./read-journal.ts";
import type { RunRecord } from "./record.ts";
import type { LedgerEntry } from "./resource-kind.ts";
import { Run, type AbortReason, type Identity, type RunDependencies } from "./run.ts";
import { watchStopAlarms } from "./stop-alarms.ts";
import { tagRemaining } from "./tag-remaining.ts";
import { DEADLINE_TAG } from "./tags.ts";
import { tearDown } from "./teardown.ts";

/** How long a resumed run tells those elsewhere that it goes on, before it does. */
const EXTENDING_MS = 60_000;

export interface RunResult {
  readonly record: RunRecord;
  readonly exitCode: number;
  /** The journal could not be written to its end: what the record says beyond it is nowhere else. */
  readonly journalFailure?: FailureRecord;
}

/** A drill that has begun. */
export interface RunningDrill {
  /** Stops the step in flight, tears everything down and ends the run. Only the first call counts. */
  abort(reason: AbortReason): void;
  /** Whether teardown has begun. */
  tearingDown(): boolean;
  /** The ledger as of now. */
  ledger(): readonly LedgerEntry[];
  /** Never rejects for what goes wrong in the run: that is in the record. */
  readonly result: Promise<RunResult>;
}

/** Runs a drill from the guard to the end of teardown. @throws when the run's journal cannot be made. */
export async function startDrill<S>(drill: Drill, deps: RunDependencies<S>): Promise<RunningDrill> {
  const run = await Run.open(drill, deps);
  return begin(run, runStarted(run));
}

/** A run whose first fact cannot be written has not begun: its file is given back. */
async function begin<S>(run: Run<S>, first: RunEvent): Promise<RunningDrill> {
  try {
    await run.emit(first);
  } catch (error) {
    await run.close();
    throw error;
  }
  return running(run);
}

function running<S>(run: Run<S>): RunningDrill {
  return {
    tearingDown: () => run.phase("teardown") !== undefined,
    ledger: () => run.record().ledger,
    abort: (reason) => void run.requestAbort(reason).catch(() => undefined),
    result: carryOut(run),
  };
}

/**
 * Goes on with a run that was cut off: steps that have passed are not run again, the one it was cut off in finds what it had made.
 * A run that was being aborted or torn down is only torn down.
 */
export async function resumeDrill<S>(
  drill: Drill,
  deps: RunDependencies<S>,
  earlier: ReadJournal,
): Promise<RunningDrill> {
  const { gapMs, tail } = resumedTail(earlier, deps.clock);
  const run = await Run.open(drill, deps, { events: earlier.events, tail });
  const { aborted } = run.record();
  if (aborted) run.abort.abort(aborted.reason);
  return begin(run, { type: "run-resumed", versions: deps.versions, process: deps.process, gapMs });
}

/** Where a cut-off run's journal goes on: its time has passed by the wall clock. */
export function resumedTail(
  earlier: ReadJournal,
  clock: Clock,
): { readonly gapMs: number; readonly tail: ReadJournal["tail"] } {
  const last = earlier.events.at(-1);
  const gapMs = last ? Math.max(0, clock.now() - Date.parse(last.at)) : 0;
  return { gapMs, tail: { ...earlier.tail, mono: earlier.tail.mono + gapMs } };
}

/** {@link startDrill}, waited for. */
export async function runDrill<S>(drill: Drill, deps: RunDependencies<S>): Promise<RunResult> {
  return (await startDrill(drill, deps)).result;
}

async function carryOut<S>(run: Run<S>): Promise<RunResult> {
  // An earlier process was told to stop: this one only tears down.
  const wasStopped = run.abort.signal.aborted;
  const watchdog = limitDuration(run);
  let failure: FailureRecord | undefined;
  try {
    // The guard is needed for the teardown, too.
    await passGuard(run, wasStopped ? new AbortController().signal : run.abort.signal);
    await runPhases(run);
  } catch (error) {
    // Whatever ends the guard of a run that is being aborted: the abort is its cause, and is journaled already.
    const stoppedAtTheGuard = run.abort.signal.aborted && !wasStopped && run.account === "";
    if (!stoppedAtTheGuard) failure = toFailureRecord(error);
  } finally {
    await watchdog.stop();
  }
  return finish(run, failure);
}

/** The guard's refusal ends the run before anything was changed; there is nothing to tear down. */
async function passGuard<S>(run: Run<S>, signal: AbortSignal): Promise<void> {
  const identity = await run.deps.guard(run.scope({ signal }));
  const began = run.record().identity?.account;
  if (began !== undefined && began !== identity.account) throw otherAccount(began, identity);
  run.account = identity.account;
  await run.emit({ type: "identity-confirmed", ...identity });
}

/** Looked for in an account where it never was, everything would seem to be gone. */
function otherAccount(began: string, { account, arn }: Identity): Failure {
  return new Failure({
    code: "other-account",
    message: `the run began in account ${began}, and these credentials are of ${account} (${arn})`,
    fixer: "operator",
    next: `use credentials of account ${began}, then gameday resume`,
    consequence: "refused",
  });
}

async function runPhases<S>(run: Run<S>): Promise<void> {
  const alarms = watchStopAlarms(run);
  let failed = false;
  try {
    let goOn = !run.phase("teardown") && !run.abort.signal.aborted;
    if (goOn) await extendDeadline(run);
    for (const phase of ["prepare", "recover", "verify"] as const) {
      if (!goOn) {
        await skipPhase(run, phase);
        continue;
      }
      const outcome = await runPhase(run, phase);
      goOn = outcome === "passed" && !run.abort.signal.aborted;
      failed ||= outcome === "failed";
    }
  } finally {
    await alarms.stop();
    const keep = (failed && !run.abort.signal.aborted && keepsOnFailure(run)) || wasKeeping(run);
    await (keep ? keepResources(run) : tearDown(run));
  }
}

/** What an earlier process has made carries the instant at which that would have been over. */
async function extendDeadline<S>(run: Run<S>): Promise<void> {
  const tags = { [DEADLINE_TAG]: run.deadline };
  await withinBudget(run.clock, EXTENDING_MS, (budget) => tagRemaining(run, { tags, budget }));
}

/** `safety.maxDuration` does what a first Ctrl-C does. Teardown has its own budget. */
function limitDuration<S>(run: Run<S>): { stop(): Promise<void> } {
  const done = new AbortController();
  const timer = run.clock.sleep(run.drill.safety.maxDurationMs, done.signal).then(
    () => run.requestAbort("max-duration"),
    () => undefined,
  );
  return {
    stop: async () => {
      done.abort();
      await timer;
    },
  };
}

/** Weighs the record, journals the end, closes the journal. */
export async function finish<S>(run: Run<S>, thrown: FailureRecord | undefined): Promise<RunResult> {
  run.beginTearingDown();
  await run.abortWritten();
  await run.checkJournal();
  const unwritten = run.journalFailure && toFailureRecord(run.journalFailure);
  const failure = thrown ?? unwritten;
  const leftovers = unintended(run.record().ledger).map((entry) => ({
    kind: entry.kind,
    region: entry.region,
    id: nameOf(entry),
  }));
  const draft: RunFinished = {
    type: "run-finished",
    outcome: "internal-error",
    exitCode: 1,
    leftovers,
    ...(failure ? { failure } : {}),
  };
  const record = run.record();
  const verdict = run.deps.judge({ ...record, finished: { ...draft, at: record.startedAt } });
  await run.emit({ ...draft, outcome: verdict.outcome, exitCode: verdict.exitCode });
  await run.close();
  const journalFailure = run.journalFailure && toFailureRecord(run.journalFailure);
  return { record: run.record(), exitCode: verdict.exitCode, ...(journalFailure ? { journalFailure } : {}) };
}

function runStarted<S>(run: Run<S>): RunStarted {
  const { drill, deps } = run;
  const { source } = drill;
  return {
    type: "run-started",
    runId: deps.runId,
    drill: {
      name: drill.name,
      description: drill.description,
      path: source.path,
      sha256: source.sha256,
      text: source.text,
    },
    ...(deps.files && deps.files.length > 0 ? { files: deps.files } : {}),
    mode: deps.mode,
    ...(deps.endpoint === undefined ? {} : { endpoint: deps.endpoint }),
    objectives: drill.objectives,
    regions: drill.regions,
    controls: drill.controls,
    ...(drill.cadence === undefined ? {} : { cadence: drill.cadence }),
    ...(drill.plan ? { plan: drill.plan } : {}),
    steps: plannedSteps(run),
    versions: deps.versions,
    process: deps.process,
  };
}

function plannedSteps<S>(run: Run<S>): readonly PlannedStep[] {
  return PHASES.flatMap((phase) =>
    stepsOf(run.drill.phases[phase]).map((step) => {
      const kind = run.deps.stepKinds.get(step.uses);
      return {
        id: step.id,
        phase,
        uses: step.uses,
        ...(step.name === undefined ? {} : { name: step.name }),
        ...(step.targetMs === undefined ? {} : { targetMs: step.targetMs }),
        timeoutMs: step.timeoutMs ?? kind?.defaultTimeoutMs ?? 0,
        ...(kind?.creates ? { creates: kind.creates } : {}),
        ...(step.line === undefined ? {} : { line: step.line }),
      };
    }),
  );
}
