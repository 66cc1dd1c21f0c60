import { withinBudget } from "./budget.ts";
import { destroyEntries } from "./destroy.ts";
import { remaining } from "./ledger.ts";
import { enterAllMade, noteMakers, withoutMade } from "./makers.ts";
import { runNodes } from "./phase-runner.ts";
import type { Run } from "./run.ts";
import { sweep } from "./sweep.ts";

/**
 * Runs the drill's own teardown steps, destroys everything in the ledger, newest first, then whatever else carries the run's tag;
 * all within teardown's own time budget. Goes on past what will not go, and where the journal cannot be written any more.
 */
export async function tearDown<S>(run: Run<S>): Promise<void> {
  run.beginTearingDown();
  await withinBudget(run.clock, run.drill.safety.teardownBudgetMs, async (budget) => {
    if (!run.phase("teardown")) await run.emit({ type: "phase-started", phase: "teardown" });
    await noteMakers(run, budget.signal);
    // While what it was made of is there, more can be told of a copy.
    await enterAllMade(run, budget.signal);
    const steps = await runNodes(run, "teardown", { signal: budget.signal, goOn: true });
    await destroyEntries(run, withoutMade(run), budget);
    await sweep(run, budget);
    const left = remaining(run.record().ledger).length;
    await run.emit({ type: "phase-finished", phase: "teardown", outcome: left > 0 ? "failed" : steps });
  });
}
