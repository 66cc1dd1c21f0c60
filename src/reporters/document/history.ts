import type { PastRun, Result, Standing } from "../../evidence/result/result.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { counted, formatInstant } from "../wording.ts";
import { columns, durationOr, facts, measured, tableOf } from "./cells.ts";
import type { Block, Cell, Section } from "./document.ts";
import { runsOf, trendOf } from "./trend.ts";
import { WORD_TONES } from "./verdict.ts";

export function historySection(result: Result): Section {
  const blocks: readonly Block[] = result.history
    ? [
        ...standingBlocks(result),
        { kind: "trend", trend: trendOf(result) },
        { kind: "table", table: tableOfRuns(result) },
      ]
    : [{ kind: "text", text: "This report was rendered without the drill's earlier runs." }];
  return { number: 11, title: "History", blocks };
}

function tableOfRuns(result: Result) {
  return tableOf({
    caption: "Runs of the drill, the newest first",
    columns: columns("Began", "Run", "Verdict", "#RTA", "#RPA"),
    all: runsOf(result).toReversed(),
    most: 20,
    noun: "run",
    row: (run) => [
      formatInstant(run.startedAt),
      { code: run.runId },
      wordCell(run),
      measured({ durationMs: run.rtaMs, wallClock: run.wallClock }),
      durationOr(run.rpaMs, "–"),
    ],
  });
}

function wordCell({ word, simulated }: PastRun): Cell {
  return { text: simulated ? `${word} · SIMULATED` : word, tone: WORD_TONES[word] };
}

function standingBlocks({ standing, evidenceClass, objectives }: Result): readonly Block[] {
  if (!standing) return [];
  const { rta, rpa, notComparable, missRateBound, passed } = standing;
  const targetOf = (name: string) => objectives.find(({ objective }) => objective === name)?.targetMs;
  const signal: Block[] = standing.signal
    ? [{ kind: "note", tone: "warn", label: "Signal to look, no verdict", note: standing.signal }]
    : [];
  return [
    ...signal,
    facts("Up to and with this run", [
      [evidenceClass === "live" ? "Live runs" : "Rehearsals", counts(standing)],
      ["RTA", spread(rta, targetOf("RTO"))],
      ["RPA", spread(rpa, targetOf("RPO"))],
      [
        "Not comparable",
        notComparable === 0
          ? undefined
          : `${counted(notComparable, "run")} recovered otherwise, between other Regions, another amount of data, or across a cut-off: not in these figures`,
      ],
      [
        "What this promises",
        missRateBound === undefined
          ? undefined
          : `no miss in ${passed}: with 95 % confidence fewer than ${(missRateBound * 100).toFixed(missRateBound < 0.1 ? 1 : 0)} % of such runs would miss`,
      ],
      ["Drill file and the files that its steps use", changed(standing)],
      ["Due", dueWords(standing, evidenceClass)],
    ]),
  ];
}

/** Every run is counted: one without an RTA is a miss, not a gap. */
function counts({ attempted, passed, failed, aborted, incomplete, refused }: Standing): string {
  const rare = [
    ...(incomplete > 0 ? [`${incomplete} incomplete`] : []),
    ...(refused > 0 ? [`${refused} refused besides`] : []),
  ];
  return [`${attempted} attempted`, `${passed} passed`, `${failed} failed`, `${aborted} aborted`, ...rare].join(", ");
}

function spread(of: Standing["rta"], targetMs: number | undefined): string {
  if (!of) return "not measured in any run";
  const { n, median, least, worst } = of;
  const target = targetMs === undefined ? "" : `; the target is ${formatBudget(targetMs)}`;
  return `median ${formatDuration(median)}, range ${formatDuration(least)} to ${formatDuration(worst)}, worst of ${n}: ${formatDuration(worst)}${target}`;
}

function changed({ changedSinceLastPass, lastPass }: Standing): Cell {
  if (lastPass === undefined) return "no earlier run has passed";
  return changedSinceLastPass
    ? { text: `changed since it last passed (run ${lastPass})`, tone: "warn" }
    : `the one that last passed (run ${lastPass})`;
}

function dueWords({ nextDue, overdueMs }: Standing, evidenceClass: Result["evidenceClass"]): Cell {
  const late = overdueMs === undefined ? "" : `this run was overdue by ${days(overdueMs)}; `;
  if (evidenceClass !== "live") return "a rehearsal does not count toward the cadence";
  if (nextDue === undefined) return { text: `${late}no cadence is set, or no run has passed yet`, tone: "muted" };
  const text = `${late}next due ${nextDue.slice(0, 10)}, by the drill's cadence`;
  return late === "" ? text : { text, tone: "warn" };
}

const DAY_MS = 86_400_000;

function days(ms: number): string {
  return ms < DAY_MS ? "less than a day" : counted(Math.floor(ms / DAY_MS), "day");
}
