import { defined } from "../defined.ts";
import type { PastRun, Standing } from "../result/result.ts";
import { reportWord } from "../result/report-word.ts";
import type { RunOutcome } from "../../engine/events.ts";
import { drillHistories, isAnotherDrill, type DrillHistory } from "./drill-history.ts";
import { regressionWords } from "./regression.ts";
import type { RunSummary } from "./run-summary.ts";

/** More earlier runs than this nobody reads in a report; all of them are counted. */
const MOST_LISTED = 100;

/** What a report says of the drill's other runs: only of those that began before its own, so that it stays the same for ever. */
export function beforeRun(
  runs: readonly RunSummary[],
  own: RunSummary,
): { readonly history: readonly PastRun[]; readonly standing: Standing } {
  const earlier = runs.filter((run) => run.drill === own.drill && run.run !== own.run && run.startedAt < own.startedAt);
  const same = earlier.filter(({ evidenceClass }) => evidenceClass === own.evidenceClass);
  const [before] = drillHistories(same);
  const [after] = drillHistories([...same, own]);
  return {
    history: earlier.slice(-MOST_LISTED).map(pastRun),
    standing: standingOf(own, after as DrillHistory, before),
  };
}

function standingOf(own: RunSummary, after: DrillHistory, before: DrillHistory | undefined): Standing {
  const { attempted, passed, failed, aborted, incomplete, refused, rta, rpa, otherSeries, missRateBound } = after;
  const { lastPass, nextDue: wasDue } = before ?? {};
  const live = own.evidenceClass === "live";
  const lateMs = live && wasDue !== undefined && lastPass ? Date.parse(own.startedAt) - wasDue : 0;
  const signal = after.regression?.run === own.run ? after.regression : undefined;
  return defined<Standing>({
    attempted,
    passed,
    failed,
    aborted,
    incomplete,
    refused,
    rta,
    rpa,
    notComparable: otherSeries,
    missRateBound,
    signal: signal && regressionWords(signal),
    changedSinceLastPass: lastPass !== undefined && isAnotherDrill(lastPass, own),
    lastPass: lastPass?.run,
    // A drill that never passed is due at once, and has no day.
    nextDue: live && after.lastPass ? instantOf(after.nextDue) : undefined,
    overdueMs: lateMs > 0 ? lateMs : undefined,
  });
}

/** Undefined for what no clock has ever said. */
function instantOf(ms: number | undefined): string | undefined {
  const date = new Date(ms ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function pastRun({ run, startedAt, outcome, word, evidenceClass, rtaMs, wallClock, rpaMs }: RunSummary): PastRun {
  return defined<PastRun>({
    runId: run,
    startedAt,
    word: word ?? (outcome === "incomplete" ? "ABORTED" : reportWord(outcome as RunOutcome, [])),
    simulated: evidenceClass === "emulated",
    rtaMs,
    wallClock,
    rpaMs,
  });
}
