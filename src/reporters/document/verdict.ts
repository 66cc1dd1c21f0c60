import { readsRestored } from "../../evidence/checks.ts";
import type { Result } from "../../evidence/result/result.ts";
import type { ResultVerdictWord } from "../../evidence/result/schema.ts";
import { outcomeDetail } from "../../evidence/verdict-words.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { counted, formatBytes } from "../wording.ts";
import { columns, durationOr, measured, omission, tableOr, type Duration } from "./cells.ts";
import type { Block, Cell, Measure, Section, Tone } from "./document.ts";

export const WORD_TONES: Readonly<Record<ResultVerdictWord, Tone>> = {
  PASS: "good",
  "PASS WITH DEVIATIONS": "warn",
  FAIL: "bad",
  INCONCLUSIVE: "warn",
  ABORTED: "bad",
};

type Objective = Result["objectives"][number];

/** `PASS · SIMULATED`: a rehearsal's word never stands alone. */
export function wordOf({ verdict, evidenceClass }: Result): string {
  return evidenceClass === "emulated" ? `${verdict.word} · SIMULATED` : verdict.word;
}

export function verdictSection(result: Result): Section {
  const { verdict } = result;
  return {
    number: 1,
    title: "Verdict",
    blocks: [
      { kind: "text", text: { text: wordOf(result), tone: WORD_TONES[verdict.word] } },
      {
        kind: "list",
        items: [...verdict.reasons, ...verdict.warnings.map((warning) => `Warning: ${warning}`), outcomeLine(verdict)],
      },
      tableOr(
        {
          caption: "The verdict in figures",
          columns: columns("", "#Target", "#Measured", "#Margin", "Result"),
          rows: rows(result),
          omitted: "",
        },
        "",
      ),
      ...failures(result),
      ...leftovers(result),
    ],
  };
}

function outcomeLine({ outcome, exitCode }: Result["verdict"]): string {
  const detail = outcomeDetail(outcome);
  return detail === undefined ? `Exit code ${exitCode}.` : `Outcome: ${detail}; exit code ${exitCode}.`;
}

function rows(result: Result): readonly (readonly Cell[])[] {
  const { recoveryTime, recoveryPoint, objectives } = result;
  const rto = objectives.find(({ objective }) => objective === "RTO");
  const rpo = objectives.find(({ objective }) => objective === "RPO");
  return [
    objectiveRow("Recovery time (RTO, RTA)", rto, {
      durationMs: recoveryTime?.rtaMs,
      wallClock: recoveryTime?.wallClock,
    }),
    objectiveRow("Recovery point (RPO, RPA)", rpo, { durationMs: recoveryPoint.rpaMs }),
    worstRow("Worst case that the schedule allows", rpo, recoveryPoint.scheduleWorstMs ?? "not known"),
    worstRow("Worst-case RPO looked back on", rpo, recoveryPoint.worstMs ?? "not measured"),
    ["Integrity", "every check passed", integrityFigures(result), "–", integrityWord(result)],
    ["Teardown", "nothing remains", resourceFigures(result), "–", teardownWord(result)],
  ];
}

function objectiveRow(name: string, result: Objective | undefined, actual: Duration): readonly Cell[] {
  const { targetMs, atLeastMs, marginMs } = result ?? {};
  const atLeast = atLeastMs === undefined ? "not measured" : `not reached, ${formatDuration(atLeastMs)} at least`;
  return [
    name,
    targetMs === undefined ? "none set" : formatBudget(targetMs),
    measured(actual, atLeast),
    durationOr(marginMs, "–"),
    result ? metCell(result) : "–",
  ];
}

export function metCell({ met, warnsOnly, atRisk }: Objective): Cell {
  if (warnsOnly && met !== undefined)
    return { text: `${met ? "met" : "missed"}, but the drill made the backup`, tone: "warn" };
  if (met === undefined) return { text: "unknown", tone: "warn" };
  if (!met) return { text: "missed", tone: "bad" };
  return atRisk ? { text: "met, at risk", tone: "warn" } : { text: "met", tone: "good" };
}

/** Above the RPO it is a deviation, whatever the RPA of this run was. */
function worstRow(name: string, rpo: Objective | undefined, worst: number | string): readonly Cell[] {
  const target = rpo ? formatBudget(rpo.targetMs) : "none set";
  if (typeof worst === "string") return [name, target, worst, "–", "–"];
  if (!rpo) return [name, target, formatDuration(worst), "–", "–"];
  const word: Cell =
    worst > rpo.targetMs ? { text: "above the RPO", tone: "warn" } : { text: "within the RPO", tone: "good" };
  return [name, target, formatDuration(worst), formatDuration(rpo.targetMs - worst), word];
}

function integrityFigures({ checks, verifiedBytes, verifiedIn }: Result): string {
  if (checks.length === 0) return "no check was made";
  const differences = checks.reduce((sum, check) => sum + check.differences.length, 0);
  return `${counted(checks.filter(({ passed }) => passed).length, "check")} of ${checks.length} passed, ${formatBytes(verifiedBytes)} of ${verifiedIn}, ${counted(differences, "difference")}`;
}

function integrityWord({ checks }: Result): Cell {
  if (checks.some(({ passed }) => !passed)) return { text: "differs", tone: "bad" };
  const proving = checks.filter(({ proves }) => proves);
  if (proving.length === 0) return { text: "not proved", tone: "warn" };
  return proving.some(readsRestored) ? { text: "proved", tone: "good" } : { text: "of the copy only", tone: "warn" };
}

function resourceFigures(result: Result): string {
  const { seen, gone } = resourceCounts(result);
  return `${counted(seen, "resource")} made, ${gone} confirmed gone`;
}

/** Only what was seen is counted: a line that stands for whatever a policy may have made is no resource. */
export function resourceCounts({ resources }: Result): { readonly seen: number; readonly gone: number } {
  const seen = resources.filter(({ standsFor, neverMade }) => standsFor === undefined && !neverMade);
  return { seen: seen.length, gone: seen.filter(({ state }) => state === "deleted").length };
}

function teardownWord({ resources }: Result): Cell {
  const left = resources.filter(({ mayRemain }) => mayRemain).length;
  return left === 0
    ? { text: "clean", tone: "good" }
    : { text: `${counted(left, "resource")} may remain`, tone: "bad" };
}

const MOST_FAILURES = 30;
const MOST_DETAILS = 30;

function failures({ failures: all }: Result): readonly Block[] {
  if (all.length === 0) return [];
  const blocks = all.slice(0, MOST_FAILURES).flatMap((failure): Block[] => {
    const { where, line, code, message, details, fixer, next, requestId } = failure;
    const more = omission(Math.max(0, details.length - MOST_DETAILS), "line");
    return [
      { kind: "heading", heading: `What went wrong: ${where}` },
      { kind: "text", text: message },
      {
        kind: "list",
        items: [
          { code },
          ...details.slice(0, MOST_DETAILS),
          ...(more === "" ? [] : [more]),
          `Who can put it right: ${fixer}.${next === undefined ? "" : ` Next: ${next}.`}`,
          ...(line === undefined ? [] : [`Line ${line} of the drill file.`]),
          ...(requestId === undefined ? [] : [`AWS request id: ${requestId}`]),
        ],
      },
    ];
  });
  const hidden = omission(Math.max(0, all.length - MOST_FAILURES), "failure");
  return hidden === "" ? blocks : [...blocks, { kind: "text", text: hidden }];
}

/** Every one of them, for each must be looked at. */
function leftovers({ resources }: Result): readonly Block[] {
  const left = resources.filter(({ mayRemain }) => mayRemain);
  if (left.length === 0) return [];
  const rowsOf = left.map(({ kind, id, region, step, reason = "" }): readonly Cell[] => [
    { code: kind },
    { code: id },
    region,
    { code: step },
    reason,
  ]);
  return [
    { kind: "heading", heading: "Resources that may remain" },
    {
      kind: "note",
      tone: "bad",
      label: "Look",
      note: "Look at each of them and delete it by hand if it is still there.",
    },
    {
      kind: "table",
      table: {
        caption: "Resources that may remain",
        columns: columns("Kind", "Id", "Region", "Made by step", "Why"),
        rows: rowsOf,
        omitted: "",
      },
    },
  ];
}

/** The figures at the head of the report. */
export function measuresOf(result: Result): readonly Measure[] {
  const { recoveryTime, recoveryPoint, objectives } = result;
  const of = (name: "RTO" | "RPO") => objectives.find(({ objective }) => objective === name);
  return [
    measureOf("Recovery time", of("RTO"), recoveryTime?.rtaMs),
    pointMeasure(of("RPO"), recoveryPoint),
    {
      label: "Data verified",
      value: result.verifiedBytes > 0 ? `${formatBytes(result.verifiedBytes)} of ${result.verifiedIn}` : "none",
      note: integrityWord(result),
      tone: toneOf(integrityWord(result)),
    },
    {
      label: "Teardown",
      value: `${resourceCounts(result).gone} of ${resourceCounts(result).seen} gone`,
      note: teardownWord(result),
      tone: toneOf(teardownWord(result)),
    },
  ];
}

function measureOf(label: string, objective: Objective | undefined, actualMs: number | undefined): Measure {
  const name = label === "Recovery time" ? "RTO" : "RPO";
  const value = durationOr(actualMs, "not reached");
  if (!objective) return { label, value, note: `no ${name} set`, tone: "muted" };
  const met = metCell(objective);
  const word = typeof met === "object" && "text" in met ? met.text : "";
  const note = `${name} ${formatBudget(objective.targetMs)} · ${word}`;
  const fraction = objective.usedFraction;
  return { label, value, note, tone: toneOf(met), ...(fraction === undefined ? {} : { fraction }) };
}

/** A target that was met at this hour and that the schedule does not keep at every hour is not simply met. */
function pointMeasure(rpo: Objective | undefined, point: Result["recoveryPoint"]): Measure {
  const measure = measureOf("Recovery point", rpo, point.rpaMs);
  const worst = Math.max(point.scheduleWorstMs ?? 0, point.worstMs ?? 0);
  if (!rpo || worst <= rpo.targetMs) return measure;
  const note = `${textOf(measure.note)}; the worst case is ${formatDuration(worst)}`;
  return { ...measure, note, tone: measure.tone === "bad" ? "bad" : "warn" };
}

function textOf(cell: Cell): string {
  if (typeof cell === "string") return cell;
  return "text" in cell ? cell.text : cell.code;
}

function toneOf(cell: Cell): Tone {
  return typeof cell === "object" && "tone" in cell ? cell.tone : "muted";
}
