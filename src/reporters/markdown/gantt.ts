import { PHASES } from "../../drill/drill.ts";
import type { Bar, Timeline } from "../document/timeline.ts";
import { ganttName } from "./escape.ts";

const DAY_MS = 86_400_000;

/** The lines of a Mermaid Gantt chart, without the fence. */
export function ganttOf(timeline: Timeline): readonly string[] {
  const { title, bars, fromMs, toMs, markers } = timeline;
  const [disaster] = markers;
  const milestone = disaster ? [`  Disaster declared :milestone, crit, d0, ${time(timeline, disaster.atMs)}, 0ms`] : [];
  const sections = PHASES.flatMap((phase) => [
    `  section ${phase}`,
    ...(phase === "recover" ? milestone : []),
    ...bars.filter((bar) => bar.phase === phase).map((bar) => barLine(bar, timeline)),
  ]);
  return [
    "gantt",
    `  title ${title}, UTC`,
    "  dateFormat YYYY-MM-DD HH:mm:ss.SSS",
    `  axisFormat ${toMs - fromMs > DAY_MS ? "%m-%d %H:%M" : "%H:%M:%S"}`,
    ...sections.filter((line, index) => !isEmptySection(line, sections[index + 1])),
  ];
}

function isEmptySection(line: string, next: string | undefined): boolean {
  return line.startsWith("  section ") && (next === undefined || next.startsWith("  section "));
}

/** The number in front is the step's row in the table; it also keeps Mermaid from reading a name as a keyword. */
function barLine({ number, label, status, fromMs, toMs }: Bar, timeline: Timeline): string {
  const tag = status === "passed" ? "done, " : status === "cut off" ? "active, " : "crit, ";
  return `  ${number}. ${ganttName(label)} :${tag}s${number}, ${time(timeline, fromMs)}, ${time(timeline, toMs)}`;
}

function time({ startedAt }: Timeline, offsetMs: number): string {
  const iso = new Date(Date.parse(startedAt) + offsetMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
}
