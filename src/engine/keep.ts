import { abortable } from "../time/abortable.ts";
import { isoInstant } from "../time/clock.ts";
import { withinBudget, withinPart, type Budget } from "./budget.ts";
import { toFailureRecord } from "./failure.ts";
import { enterAllMade, noteMakers } from "./makers.ts";
import type { Run } from "./run.ts";
import { findUnlisted } from "./sweep.ts";
import { tagRemaining } from "./tag-remaining.ts";
import { EXPIRES_TAG } from "./tags.ts";

const DEFAULT_KEEP_MS = 24 * 60 * 60_000;

/** Whether what a failed step leaves is kept: the command line says so, or the drill does. */
export function keepsOnFailure<S>({ deps, drill }: Run<S>): boolean {
  return deps.keepOnFailure ?? drill.onFailure === "keep";
}

/** Whether an earlier process was cut off while it kept. A run that has kept, and is resumed, is torn down. */
export function wasKeeping<S>(run: Run<S>): boolean {
  const teardown = run.phase("teardown");
  return teardown?.outcome === undefined && run.record().ledger.some(({ state }) => state === "kept");
}

/**
 * In place of teardown, and within its time budget: leaves everything where it is, with its expiry as a tag where it can carry one.
 * What the ledger does not know but the run's tag tells, a stack's parts above all, is entered and tagged, too.
 */
export async function keepResources<S>(run: Run<S>): Promise<void> {
  run.beginTearingDown();
  const until = isoInstant(run.clock.now() + (run.drill.keepForMs ?? DEFAULT_KEEP_MS));
  // The drill's own teardown steps stay open: they are run when what was kept is torn down.
  if (!run.phase("teardown")) await run.emit({ type: "phase-started", phase: "teardown" });
  await withinBudget(run.clock, run.drill.safety.teardownBudgetMs, async (budget) => {
    await enterUnlisted(run, budget);
    await tagRemaining(run, { tags: { [EXPIRES_TAG]: until }, budget }, ({ key }, tagged) =>
      run.emit({ type: "resource-kept", key, until, tagged }),
    );
  });
  await run.emit({ type: "phase-finished", phase: "teardown", outcome: "skipped" });
}

async function enterUnlisted<S>(run: Run<S>, budget: Budget): Promise<void> {
  const look = async (signal: AbortSignal) => {
    await noteMakers(run, signal);
    await findUnlisted(run, signal);
    await enterAllMade(run, signal);
  };
  try {
    await withinPart(run.clock, budget, (signal) => abortable(look(signal), signal));
  } catch (error) {
    await run.finding({
      code: "keep-incomplete",
      severity: "warning",
      message: `not everything that the run has made may be listed and tagged: the look for it did not end in time (${toFailureRecord(error).message})`,
    });
  }
}
