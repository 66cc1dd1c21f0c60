import { PHASES } from "../../drill/drill.ts";
import type { Instant, RunRecord, StepRecord } from "../../engine/record.ts";
import { isRecovery } from "../../evidence/recovery-time.ts";
import { weightiest } from "../bounded.ts";
import { ganttName } from "./escape.ts";

/** A Mermaid Gantt chart: its lines, without the fence. */
export interface Gantt {
  readonly lines: readonly string[];
}

/** More bars than this nobody can read, and GitHub does not draw. The longest are drawn. */
const MOST_BARS = 40;
const DAY_MS = 86_400_000;

/** The recovery by itself, then the whole run; none when no step began. */
export function gantts(record: RunRecord): readonly Gantt[] {
  if (record.steps.length === 0) return [];
  const recovery = recoveryGantt(record);
  return [...(recovery ? [recovery] : []), chart(record, { title: "The whole run, UTC", steps: record.steps })];
}

/** The recovery alone, which a long wait for a backup would squeeze to a line. Undefined when there is nothing but it, or none. */
function recoveryGantt(record: RunRecord): Gantt | undefined {
  const steps = record.steps.filter(({ phase }) => isRecovery(phase));
  if (!record.disasterAt || steps.length === record.steps.length) return undefined;
  return chart(record, { title: "The recovery, UTC", steps });
}

function chart(record: RunRecord, { title, steps }: { title: string; steps: readonly StepRecord[] }): Gantt {
  const order = new Map(record.steps.map((step, index) => [step, index + 1]));
  const run = steps.filter(({ outcome }) => outcome !== "skipped");
  const drawn = weightiest(run, MOST_BARS, (step) => endOf(step, record).mono - step.startedAt.mono).shown;
  const times = drawn.flatMap((step) => [step.startedAt.mono, endOf(step, record).mono]);
  const long = times.length > 0 && Math.max(...times) - Math.min(...times) > DAY_MS;
  return {
    lines: [
      "gantt",
      `  title ${title}`,
      "  dateFormat YYYY-MM-DD HH:mm:ss.SSS",
      `  axisFormat ${long ? "%m-%d %H:%M" : "%H:%M:%S"}`,
      ...PHASES.flatMap((phase) => [
        ...section(phase, phase === "recover" ? record.disasterAt : undefined),
        ...drawn.filter((step) => step.phase === phase).map((step) => bar(step, order.get(step) ?? 0, record)),
      ]).filter((line, index, all) => !isEmptySection(line, all[index + 1])),
    ],
  };
}

function section(phase: string, disasterAt: Instant | undefined): readonly string[] {
  const milestone = disasterAt ? [`  Disaster declared :milestone, crit, d0, ${time(disasterAt)}, 0ms`] : [];
  return [`  section ${phase}`, ...milestone];
}

function isEmptySection(line: string, next: string | undefined): boolean {
  return line.startsWith("  section ") && (next === undefined || next.startsWith("  section "));
}

/** The number in front is the step's row in the table; it also keeps Mermaid from reading a name as a keyword. */
function bar(step: StepRecord, number: number, record: RunRecord): string {
  const name = `${number}. ${ganttName(step.instance)}`;
  return `  ${name} :${tagOf(step)}s${number}, ${time(step.startedAt)}, ${time(endOf(step, record))}`;
}

function tagOf({ outcome }: StepRecord): string {
  if (outcome === "passed") return "done, ";
  return outcome === undefined ? "active, " : "crit, ";
}

function endOf(step: StepRecord, record: RunRecord): Instant {
  return step.finishedAt ?? record.lastAt;
}

function time({ at }: Instant): string {
  return `${at.slice(0, 10)} ${at.slice(11, 23)}`;
}
