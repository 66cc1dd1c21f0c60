import type { Result } from "../evidence/result/result.ts";
import { inertLine } from "./inert.ts";

const HEAD = [
  "record",
  "run",
  "drill",
  "evidence_class",
  "verdict",
  "outcome",
  "started_at",
  "ended_at",
  "duration_s",
  "rto_s",
  "rta_s",
  "rta_machine_s",
  "rpo_s",
  "rpa_s",
  "worst_rpo_s",
  "step",
  "kind",
  "phase",
  "status",
  "attempts",
  "target_s",
  "target_missed",
  "people_s",
  "wall_clock",
] as const;

type Row = Partial<Record<(typeof HEAD)[number], string | number | boolean | undefined>>;

/** One row of the run, then one of each step; RFC 4180. Seconds. */
export function renderCsv(result: Result): string {
  const rows: readonly Row[] = [runRow(result), ...result.steps.map((step) => stepRow(step, result))];
  return [HEAD.join(","), ...rows.map((row) => HEAD.map((name) => field(row[name])).join(","))]
    .map((line) => `${line}\r\n`)
    .join("");
}

function runRow(result: Result): Row {
  const { run, recoveryTime, recoveryPoint, objectives } = result;
  const target = (name: "RTO" | "RPO") => objectives.find(({ objective }) => objective === name)?.targetMs;
  return {
    ...common(result),
    record: "run",
    verdict: result.verdict.word,
    outcome: result.verdict.outcome,
    started_at: run.startedAt,
    ended_at: run.endedAt,
    duration_s: seconds(run.durationMs),
    wall_clock: run.resumes.length > 0,
    rto_s: seconds(target("RTO")),
    rta_s: seconds(recoveryTime?.rtaMs),
    rta_machine_s: seconds(recoveryTime?.machineMs),
    rpo_s: seconds(target("RPO")),
    rpa_s: seconds(recoveryPoint.rpaMs),
    worst_rpo_s: seconds(recoveryPoint.worstMs),
  };
}

function stepRow(step: Result["steps"][number], result: Result): Row {
  return {
    ...common(result),
    record: "step",
    started_at: step.startedAt,
    ended_at: step.endedAt,
    duration_s: seconds(step.durationMs),
    wall_clock: step.wallClock,
    step: step.instance,
    kind: step.uses,
    phase: step.phase,
    status: step.status,
    attempts: step.attempts,
    target_s: seconds(step.targetMs),
    target_missed: step.targetMissed,
    people_s: seconds(step.peopleMs),
  };
}

function common({ run, drill, evidenceClass }: Result): Row {
  return { run: run.id, drill: drill.name, evidence_class: evidenceClass };
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms) / 1000;
}

/** What a spreadsheet would calculate is shown as text: an apostrophe stands before it. Numbers of ours are left as they are. */
function field(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const line = inertLine(value);
  const text = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(line) ? `'${line}` : line;
  return /[",;\r\n\s']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
