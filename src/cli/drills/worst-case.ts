import { isParallel, PHASES } from "../../drill/drill.ts";
import type { Drill, Phase, Step, StepNode } from "../../drill/drill.ts";
import type { Library } from "./library.ts";

/** How long something may take at most. */
export interface WorstCase {
  readonly ms: number;
  /** True when a `forEach` over a list that is not known yet is counted as one entry. */
  readonly atLeast: boolean;
}

/** As the engine's own: how many instances of a `forEach` run at once unless the drill says otherwise. */
const DEFAULT_CONCURRENCY = 10;

/** Timeouts of all attempts and the pauses between them; instances that run at once count once. */
export function worstCaseOfStep(step: Step, library: Library): WorstCase {
  const timeoutMs = step.timeoutMs ?? library.stepKinds.get(step.uses)?.defaultTimeoutMs ?? 0;
  const { attempts, delayMs } = step.retry ?? { attempts: 1, delayMs: 0 };
  const once = attempts * timeoutMs + (attempts - 1) * delayMs;
  if (step.forEach === undefined) return { ms: once, atLeast: false };
  if (typeof step.forEach === "string") return { ms: once, atLeast: true };
  const rounds = Math.ceil(step.forEach.length / (step.concurrency ?? DEFAULT_CONCURRENCY));
  return { ms: rounds * once, atLeast: false };
}

export function worstCaseOfPhase(nodes: readonly StepNode[], library: Library): WorstCase {
  return sum(nodes.map((node) => worstCaseOfNode(node, library)));
}

/** Of everything up to the teardown of the resources. */
export function worstCaseOfDrill(drill: Drill, library: Library): WorstCase {
  const phases: readonly Phase[] = PHASES.filter((phase) => phase !== "teardown");
  return sum(phases.map((phase) => worstCaseOfPhase(drill.phases[phase], library)));
}

function worstCaseOfNode(node: StepNode, library: Library): WorstCase {
  if (!isParallel(node)) return worstCaseOfStep(node, library);
  const each = node.parallel.map((step) => worstCaseOfStep(step, library));
  return { ms: Math.max(0, ...each.map(({ ms }) => ms)), atLeast: each.some(({ atLeast }) => atLeast) };
}

function sum(parts: readonly WorstCase[]): WorstCase {
  return { ms: parts.reduce((total, { ms }) => total + ms, 0), atLeast: parts.some(({ atLeast }) => atLeast) };
}
