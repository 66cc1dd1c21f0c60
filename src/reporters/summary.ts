import { isAbsolute, relative } from "node:path";
import { printable } from "../drill/printable.ts";
import type { FailureRecord } from "../engine/failure.ts";
import { nameOf } from "../engine/ledger.ts";
import type { RunRecord } from "../engine/record.ts";
import { measure, type Measurement } from "../evidence/measure.ts";
import { worstAbove } from "../evidence/recovery-point.ts";
import { settledFailures } from "../evidence/run-end.ts";
import { verdictOf, type Verdict } from "../evidence/verdict.ts";
import { verdictWord } from "../evidence/verdict-words.ts";
import { formatBudget, formatDuration } from "../time/duration.ts";
import { bounded } from "./bounded.ts";
import { lineOutput } from "./line-output.ts";
import type { Reporter } from "./reporter.ts";
import { counted, formatBytes } from "./wording.ts";
import { wrapped } from "./wrapped.ts";

export interface SummaryOptions {
  /** Where the report was written; left out when there is none. */
  readonly reportPath?: string;
  /** Paths inside this folder are shown from here. */
  readonly cwd?: string;
}

const MOST_FAILURES = 5;
const MOST_DETAILS = 10;
const MOST_WARNINGS = 10;

type TerminalStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface SummaryReporterOptions {
  readonly stream: TerminalStream;
  /** Asked at the end: undefined where the report could not be written. */
  reportPath(): string | undefined;
}

/** The few closing lines for a person. */
export function summaryReporter(of: SummaryReporterOptions): Reporter {
  const output = lineOutput(of.stream);
  return {
    name: "summary",
    finish: async (record) => {
      output.line("");
      const { isTTY, columns } = of.stream;
      const reportPath = of.reportPath();
      const lines = summaryLines(record, reportPath === undefined ? {} : { reportPath });
      for (const line of isTTY && columns ? lines.flatMap((text) => wrapped(text, columns)) : lines) output.line(line);
      await output.flush();
    },
  };
}

export function renderSummary(record: RunRecord, options: SummaryOptions = {}): string {
  return summaryLines(record, options)
    .map((line) => `${line}\n`)
    .join("");
}

function summaryLines(record: RunRecord, { reportPath, cwd }: SummaryOptions): readonly string[] {
  const verdict = verdictOf(record);
  const lines = [
    headline(record),
    ...whyLines(record, verdict),
    ...bounded(verdict.warnings, MOST_WARNINGS).shown.map((warning) => `warning: ${warning}`),
    ...leftoverLines(verdict),
    ...keptLines(record),
    ...(reportPath === undefined ? [] : [`report: ${shortPath(reportPath, cwd)}`]),
  ];
  return lines.map(printable);
}

/** `PASS (simulated) · RTA 6m 12s of RTO 1h · RPA 41m 03s of RPO 26h · 14 MiB of restored data verified` */
export function headline(record: RunRecord): string {
  const [verdict, measurement] = [verdictOf(record), measure(record)];
  const { recovery, point, verifiedBytes, verifiedIn } = measurement;
  const parts = [
    verdictWord(record),
    ...(recovery ? [`RTA ${formatDuration(recovery.rtaMs)}${ofTarget(measurement, "RTO")}`] : []),
    ...(recovery && point.bestMs !== undefined
      ? [`RPA ${formatDuration(point.bestMs)}${ofTarget(measurement, "RPO")}${worstCase(measurement)}`]
      : []),
    ...(verifiedBytes > 0 ? [`${formatBytes(verifiedBytes)} of ${verifiedIn} verified`] : []),
    ...(verdict.leftovers.length > 0 ? [`${counted(verdict.leftovers.length, "resource")} may remain`] : []),
  ];
  return parts.join(" · ");
}

/** Beside the RPA, which is of this hour only. */
function worstCase({ objectives, point }: Measurement): string {
  const rpo = objectives.find(({ objective }) => objective === "RPO");
  const { bySchedule, inPast } = worstAbove(rpo?.targetMs, point);
  if (bySchedule !== undefined) return ` (the schedule allows ${formatDuration(bySchedule)})`;
  return inPast === undefined ? "" : ` (worst case looked back on ${formatDuration(inPast)})`;
}

function ofTarget({ objectives }: Measurement, name: "RTO" | "RPO"): string {
  const result = objectives.find(({ objective }) => objective === name);
  return result ? ` of ${name} ${formatBudget(result.targetMs)}${result.met === false ? " MISSED" : ""}` : "";
}

/** A passed run needs no reasons; a failed one gets each failure with its next command. */
function whyLines(record: RunRecord, verdict: Verdict): readonly string[] {
  if (verdict.outcome === "passed") return [];
  const ended = record.finished?.failure;
  const steps = settledFailures(record).all.flatMap(({ phase, instance, failure }) =>
    failure ? [{ where: `${phase} step ${instance}: `, failure }] : [],
  );
  const { shown, hidden } = bounded([...(ended ? [{ where: "", failure: ended }] : []), ...steps], MOST_FAILURES);
  if (shown.length === 0) return verdict.reasons.slice(0, 1);
  const more = hidden > 0 ? [`… and ${counted(hidden, "further failure")}, see the report`] : [];
  return [...shown.flatMap(failureLines), ...more];
}

function failureLines({ where, failure }: { where: string; failure: FailureRecord }): readonly string[] {
  const { shown, hidden } = bounded(failure.details ?? [], MOST_DETAILS);
  return [
    `${where}${failure.message} [${failure.code}]`,
    ...shown.map((detail) => `  ${detail}`),
    ...(hidden > 0 ? [`  … and ${counted(hidden, "further line")}`] : []),
    ...(failure.next === undefined ? [] : [`next (${failure.fixer}): ${failure.next}`]),
  ];
}

function leftoverLines({ leftovers }: Verdict): readonly string[] {
  if (leftovers.length === 0) return [];
  const lines = leftovers.map((entry) => {
    const why = entry.reason === undefined ? "" : `: ${entry.reason}`;
    return `  ${entry.kind} ${nameOf(entry)} in ${entry.region}${why}`;
  });
  return ["may remain, look at each and delete it by hand:", ...lines];
}

function keptLines({ ledger }: RunRecord): readonly string[] {
  const kept = ledger.filter(({ state }) => state === "kept");
  if (kept.length === 0) return [];
  return ["kept on purpose:", ...kept.map((entry) => `  ${entry.kind} ${nameOf(entry)} in ${entry.region}`)];
}

function shortPath(path: string, cwd: string | undefined): string {
  const short = cwd === undefined ? path : relative(cwd, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}
