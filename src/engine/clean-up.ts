import type { Drill } from "../drill/drill.ts";
import { withinBudget, type Budget } from "./budget.ts";
import { destroyEntries } from "./destroy.ts";
import { enterAllMade, noteMakers, withoutMade } from "./makers.ts";
import type { ReadJournal } from "./read-journal.ts";
import type { LedgerEntry } from "./resource-kind.ts";
import { finish, resumedTail, type RunResult } from "./run-drill.ts";
import { Run, type RunDependencies } from "./run.ts";
import { sweep } from "./sweep.ts";

/** Why an entry must stay; undefined when it may go. */
export type Spare = (entry: LedgerEntry) => string | undefined;

/**
 * Deletes what a run has left that is over, and goes on with nothing else of it: neither its steps nor those of its teardown. What
 * happens is journaled in the run's own journal.
 */
export async function cleanUpRun<S>(
  drill: Drill,
  deps: RunDependencies<S>,
  of: { readonly earlier: ReadJournal; readonly spare: Spare; readonly stop?: AbortSignal },
): Promise<RunResult> {
  const { gapMs, tail } = resumedTail(of.earlier, deps.clock);
  const run = await Run.open(drill, deps, { events: of.earlier.events, tail });
  run.beginTearingDown();
  await run.emit({ type: "run-resumed", versions: deps.versions, process: deps.process, gapMs });
  const { teardownBudgetMs } = drill.safety;
  await withinBudget(run.clock, teardownBudgetMs, (budget) => destroyAll(run, of.spare, budget), of.stop);
  return finish(run, run.record().finished?.failure);
}

async function destroyAll<S>(run: Run<S>, spare: Spare, budget: Budget): Promise<void> {
  const mayGo = (entry: LedgerEntry) => spare(entry) === undefined;
  await noteMakers(run, budget.signal);
  await enterAllMade(run, budget.signal);
  await destroyEntries(run, withoutMade(run).filter(mayGo), budget);
  await sweep(run, budget, mayGo);
}
