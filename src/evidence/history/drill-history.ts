import { defined } from "../defined.ts";
import { nextDue } from "./cadence.ts";
import { regressionSignal, type RegressionSignal } from "./regression.ts";
import type { RunSummary } from "./run-summary.ts";
import { missRateBound, spreadOf, type Spread } from "./statistics.ts";

/** All runs of one drill of one evidence class: rehearsals and live runs are never added up. */
export interface DrillHistory {
  readonly drill: string;
  readonly evidenceClass: RunSummary["evidenceClass"];
  /** Oldest first; all of them. */
  readonly runs: readonly RunSummary[];
  /** Every run that was let begin: all but the refused. */
  readonly attempted: number;
  /** Recovered, verified, objectives met. */
  readonly passed: number;
  /** Came to a verdict that is not that. */
  readonly failed: number;
  readonly aborted: number;
  /** The journal has no end: cut off, or still going on. */
  readonly incomplete: number;
  readonly refused: number;
  /** Of the series of the newest run that measured a recovery: one that was refused or stopped sets no series. */
  readonly rta?: Spread;
  readonly rpa?: Spread;
  /** How many runs measured a recovery that cannot be compared with that one's. */
  readonly otherSeries: number;
  readonly missRateBound?: number;
  readonly regression?: RegressionSignal;
  /** The newest run's drill file, or a file that its steps use, is not the one that last passed. */
  readonly changedSinceLastPass: boolean;
  readonly lastPass?: RunSummary;
  /** Epoch milliseconds; absent without a cadence. */
  readonly nextDue?: number;
}

export function drillHistories(runs: readonly RunSummary[]): readonly DrillHistory[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = `${run.drill} ${run.evidenceClass}`;
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => historyOf(group) ?? []);
}

const ENDED_WITHOUT_VERDICT: ReadonlySet<string> = new Set(["aborted", "incomplete", "refused"]);

/** They ended before their way to recover was gone to its end: a figure of theirs is of something else. */
const SETS_NO_SERIES: ReadonlySet<string> = new Set(["aborted", "refused"]);

function historyOf(runs: readonly RunSummary[]): DrillHistory | undefined {
  const newest = runs.at(-1);
  if (!newest) return undefined;
  const count = (outcome: string) => runs.filter((run) => run.outcome === outcome).length;
  const passed = count("passed");
  const failed = runs.filter((run) => run.outcome !== "passed" && !ENDED_WITHOUT_VERDICT.has(run.outcome)).length;
  const measured = runs.filter(({ outcome, rtaMs }) => rtaMs !== undefined && !SETS_NO_SERIES.has(outcome));
  const series = measured.filter((run) => run.series === measured.at(-1)?.series);
  const lastPass = runs.findLast(({ outcome }) => outcome === "passed");
  const attempted = runs.length - count("refused");
  return {
    drill: newest.drill,
    evidenceClass: newest.evidenceClass,
    runs,
    attempted,
    passed,
    failed,
    aborted: count("aborted"),
    incomplete: count("incomplete"),
    refused: count("refused"),
    otherSeries: measured.length - series.length,
    changedSinceLastPass: lastPass !== undefined && isAnotherDrill(lastPass, newest),
    ...defined<Pick<DrillHistory, Measured>>({
      rta: spreadOf(series.flatMap(({ rtaMs }) => rtaMs ?? [])),
      rpa: spreadOf(series.flatMap(({ rpaMs }) => rpaMs ?? [])),
      missRateBound: missRateBound(passed, failed),
      regression: regressionSignal(runs),
      lastPass,
      nextDue: due(newest.cadence, lastPass),
    }),
  };
}

/** Another drill file, or other files that its steps use. Summaries that were kept before those were hashed say nothing of them. */
export function isAnotherDrill(one: RunSummary, other: RunSummary): boolean {
  const known = one.filesSha256 !== undefined && other.filesSha256 !== undefined;
  return one.drillSha256 !== other.drillSha256 || (known && one.filesSha256 !== other.filesSha256);
}

/** Counted from the last run that passed; a drill that never has is due at once. */
function due(cadence: string | undefined, lastPass: RunSummary | undefined): number | undefined {
  if (cadence === undefined) return undefined;
  return lastPass ? nextDue(cadence, Date.parse(lastPass.endedAt)) : 0;
}

type Measured = "rta" | "rpa" | "missRateBound" | "regression" | "lastPass" | "nextDue";
