import type { DrillHistory } from "../../evidence/history/drill-history.ts";
import { regressionWords } from "../../evidence/history/regression.ts";
import { wordWithDetail } from "../../evidence/verdict-words.ts";
import type { RunSummary } from "../../evidence/history/run-summary.ts";
import { sparkline, type Spread } from "../../evidence/history/statistics.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { columns } from "../columns.ts";

export interface HistoryView {
  readonly last: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** One drill's history as people read it. */
export function historyLines(history: DrillHistory, { last, now }: HistoryView): readonly string[] {
  const { runs } = history;
  const shown = runs.slice(-last);
  const hidden = runs.length - shown.length;
  return [
    `${history.drill}${history.evidenceClass === "live" ? "" : " (rehearsals: simulated)"}`,
    ...columns([
      ["run", "started", "outcome", "RTA", "RPA", ""],
      ...shown.map((run, index) => row(run, shown.slice(0, index).findLast(hasMeasured))),
    ]),
    ...(hidden > 0 ? [`${hidden} earlier not listed, and counted below`] : []),
    `RTA ${sparkline(shown.map(({ rtaMs }) => rtaMs))}`,
    counts(history),
    ...spreadLines(history),
    ...missRate(history),
    ...(history.evidenceClass === "live" ? [] : [OWN_WORK]),
    ...(history.regression ? [`SIGNAL ${regressionWords(history.regression)}`] : []),
    ...(history.changedSinceLastPass
      ? [`${whatChanged(history)} has changed since it last passed (run ${history.lastPass?.run})`]
      : []),
    ...due(history, now),
  ];
}

const OWN_WORK =
  "in a rehearsal waits are skipped and this machine's own work is not: a busy machine makes an RTA longer, and it says nothing of AWS";

function whatChanged({ runs, lastPass }: DrillHistory): string {
  return runs.at(-1)?.drillSha256 === lastPass?.drillSha256 ? "a file that the drill's steps use" : "the drill file";
}

function row(run: RunSummary, before: RunSummary | undefined): readonly string[] {
  return [
    run.run,
    `${run.startedAt.slice(0, 16).replace("T", " ")}Z`,
    outcomeOf(run),
    run.rtaMs === undefined ? "-" : `${formatDuration(run.rtaMs)}${run.wallClock ? " wall clock" : ""}`,
    run.rpaMs === undefined ? "-" : formatDuration(run.rpaMs),
    before && hasMeasured(run) && before.series !== run.series ? "not comparable with the one before" : "",
  ];
}

/** As reports call it; summaries that were kept by an older gameday have the outcome only. */
function outcomeOf({ outcome, word }: RunSummary): string {
  return word === undefined || outcome === "incomplete" ? outcome : wordWithDetail(word, outcome);
}

function hasMeasured({ rtaMs }: RunSummary): boolean {
  return rtaMs !== undefined;
}

function counts({ runs, attempted, passed, failed, aborted, incomplete, refused }: DrillHistory): string {
  const parts = [`${attempted} attempted`, `${passed} passed`, `${failed} failed`, `${aborted} aborted`];
  if (incomplete > 0) parts.push(`${incomplete} incomplete`);
  if (refused > 0) parts.push(`${refused} refused`);
  return `n = ${runs.length}: ${parts.join(", ")}`;
}

function spreadLines({ rta, rpa, runs, otherSeries }: DrillHistory): readonly string[] {
  const newest = runs.findLast(hasMeasured);
  return [
    ...spreadLine("RTA", rta, newest?.rtoMs, "RTO"),
    ...spreadLine("RPA", rpa, newest?.rpoMs, "RPO"),
    ...(otherSeries > 0
      ? [
          `${otherSeries} of the runs that measured cannot be compared with the newest such run and are not in these figures`,
        ]
      : []),
  ];
}

function spreadLine(
  name: string,
  spread: Spread | undefined,
  target: number | undefined,
  objective: string,
): readonly string[] {
  if (!spread) return [];
  const of = target === undefined ? "" : `, ${objective} ${formatBudget(target)}`;
  const { median, least, worst, n } = spread;
  return [
    `${name} median ${formatDuration(median)}, range ${formatDuration(least)} to ${formatDuration(worst)}, worst of ${n}: ${formatDuration(worst)}${of}`,
  ];
}

function missRate({ missRateBound, passed }: DrillHistory): readonly string[] {
  if (missRateBound === undefined) return [];
  const percent = `${(missRateBound * 100).toFixed(missRateBound < 0.1 ? 1 : 0)} %`;
  return [`no miss in ${passed}: with 95 % confidence fewer than ${percent} of such runs would miss`];
}

function due({ nextDue, evidenceClass, lastPass }: DrillHistory, now: number): readonly string[] {
  if (nextDue === undefined || evidenceClass !== "live") return [];
  if (!lastPass) return ["due now: no run has passed yet"];
  const day = new Date(nextDue).toISOString().slice(0, 10);
  return [nextDue < now ? `OVERDUE since ${day}` : `next due ${day}`];
}
