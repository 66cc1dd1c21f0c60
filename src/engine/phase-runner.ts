import { isParallel, stepsOf, type Phase, type StepNode } from "../drill/drill.ts";
import type { Run } from "./run.ts";
import { finishWithoutRunning, runStep, type StepVerdict } from "./step-runner.ts";

export type PhaseOutcome = "passed" | "failed" | "aborted";

/** Runs the steps of one phase in file order, and stops at the first that does not pass. */
export async function runPhase<S>(run: Run<S>, phase: Phase): Promise<PhaseOutcome> {
  const before = run.phase(phase);
  if (!before) await run.emit({ type: "phase-started", phase });
  if (phase === "recover" && !run.disasterDeclared) await run.emit({ type: "disaster-declared" });
  const outcome = await runNodes(run, phase, { signal: run.abort.signal, goOn: false });
  if (before?.outcome !== outcome) await run.emit({ type: "phase-finished", phase, outcome });
  return outcome;
}

export interface NodesOptions {
  readonly signal: AbortSignal;
  /** Whether the steps after a failed one still run: so it is in teardown. */
  readonly goOn: boolean;
}

export async function runNodes<S>(run: Run<S>, phase: Phase, options: NodesOptions): Promise<PhaseOutcome> {
  let outcome: PhaseOutcome = "passed";
  for (const node of run.drill.phases[phase]) {
    if (outcome !== "passed" && !options.goOn) {
      await skipNode(run, phase, node);
      continue;
    }
    const verdict = await runNode(run, phase, node, options.signal);
    if (verdict === "aborted" || verdict === "failed") outcome = verdict;
  }
  return outcome;
}

/** Says of every step of a phase that it was not run. */
export async function skipPhase<S>(run: Run<S>, phase: Phase): Promise<void> {
  const before = run.phase(phase);
  if (run.drill.phases[phase].length === 0 || before?.outcome !== undefined) return;
  if (!before) await run.emit({ type: "phase-started", phase });
  for (const node of run.drill.phases[phase]) await skipNode(run, phase, node);
  await run.emit({ type: "phase-finished", phase, outcome: "skipped" });
}

async function skipNode<S>(run: Run<S>, phase: Phase, node: StepNode): Promise<void> {
  const reason = run.abort.signal.aborted ? "the run was aborted before it" : "a step before it did not pass";
  for (const step of stepsOf([node]))
    if (!run.known(step.id)?.outcome) await finishWithoutRunning(run, { phase, step }, { outcome: "skipped", reason });
}

/** A parallel group ends when all its steps have ended: one that fails does not leave the others' creates half done. */
async function runNode<S>(run: Run<S>, phase: Phase, node: StepNode, signal: AbortSignal): Promise<StepVerdict> {
  if (!isParallel(node)) return runStep(run, { phase, step: node, signal });
  const verdicts = await Promise.all(node.parallel.map((step) => runStep(run, { phase, step, signal })));
  return (["aborted", "failed"] as const).find((verdict) => verdicts.includes(verdict)) ?? "passed";
}
