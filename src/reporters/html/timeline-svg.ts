import { formatBudget, formatDuration } from "../../time/duration.ts";
import type { Bar, Timeline } from "../document/timeline.ts";
import { escapeHtml } from "./escape.ts";
import { scaleOf, type Scale } from "./scale.ts";

const LANE = 18;
const ROW = 36;
const BAR = 12;
/** A target further away than this part of the axis would squeeze the bars: it is only named. */
const FAR = 0.5;
/** Labels left of here run to the right, others to the left. */
const TURN = 0.5;
const LONGEST_LABEL = 48;

/** A timeline that keeps its letters' size however wide the page is: every x is a percentage. */
export function timelineSvg(timeline: Timeline): string {
  const { fromMs, toMs, targetMs, markers, bars } = timeline;
  const near = targetMs !== undefined && targetMs <= toMs + (toMs - fromMs) * FAR;
  const scale = scaleOf(fromMs, near ? Math.max(toMs, targetMs) : toMs, markers[0]?.atMs ?? fromMs);
  const lanes = markers.length + (targetMs === undefined ? 0 : 1);
  const top = lanes * LANE + 24;
  const height = top + bars.length * ROW + 8;
  const named = markers.map(({ name, meaning, atMs }, lane) => ({
    text: `${name} ${meaning}`,
    atMs,
    lane,
    css: "marker",
  }));
  const target = targetMs === undefined ? [] : [targetOf(timeline, targetMs, lanes - 1)];
  const lines = [...named, ...(near ? target : [])];
  // Words come last: they have a rim in the colour of the ground, so that no line runs through them.
  const parts = [
    ...scale.ticks.map((tick) => tickMarks(tick, top, height)),
    ...timeline.waits.map((wait) => waitBand(wait, { timeline, scale, top, height })),
    ...lines.map((line) => markerLine(line, scale, height)),
    ...bars.map((bar, index) => barMarks(bar, scale, top + index * ROW)),
    ...lines.map((line) => markerWords(line, scale)),
    ...(near ? [] : target.map(farWords)),
  ];
  const label = `${timeline.title}: ${bars.length} steps, ${formatDuration(toMs - fromMs)}. The table of steps has the same figures.`;
  return `<svg class="timeline" role="img" aria-label="${escapeHtml(label)}" width="100%" height="${height}">${parts.join("")}</svg>`;
}

function tickMarks({ x, fraction, label }: Scale["ticks"][number], top: number, height: number): string {
  const anchor = fraction > 0.94 ? "end" : fraction < 0.03 ? "start" : "middle";
  return `<line class="grid" x1="${x}" x2="${x}" y1="${top - 8}" y2="${height}"/><text class="tick" x="${x}" y="${top - 12}" text-anchor="${anchor}">${escapeHtml(label)}</text>`;
}

interface Frame {
  readonly timeline: Timeline;
  readonly scale: Scale;
  readonly top: number;
  readonly height: number;
}

function waitBand(wait: Timeline["waits"][number], { timeline, scale, top, height }: Frame): string {
  if (wait.toMs <= timeline.fromMs || wait.fromMs >= timeline.toMs) return "";
  return `<rect class="people" x="${scale.x(wait.fromMs)}" width="${width(wait, scale)}" y="${top - 6}" height="${height - top + 6}"/>`;
}

function width({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }, scale: Scale): string {
  return `${Math.max(0.3, (scale.fraction(toMs) - scale.fraction(fromMs)) * 100).toFixed(2)}%`;
}

function barMarks(bar: Bar, scale: Scale, y: number): string {
  const turned = scale.fraction(bar.fromMs) > TURN;
  const at = turned ? scale.x(bar.toMs) : scale.x(bar.fromMs);
  const status = bar.status === "passed" ? "" : ` · ${bar.status}`;
  const name = bar.label.length > LONGEST_LABEL ? `${bar.label.slice(0, LONGEST_LABEL)}…` : bar.label;
  const text = `${bar.number}. ${name} · ${formatDuration(bar.toMs - bar.fromMs)}${status}`;
  const css = `bar ${bar.phase}${bar.status === "passed" ? "" : " not-passed"}`;
  return [
    `<text class="label" x="${at}" y="${y + 14}"${turned ? ' text-anchor="end"' : ""}>${escapeHtml(text)}</text>`,
    `<rect class="${css}" x="${scale.x(bar.fromMs)}" width="${width(bar, scale)}" y="${y + 19}" height="${BAR}" rx="3"/>`,
  ].join("");
}

interface MarkerLine {
  readonly text: string;
  readonly atMs: number;
  readonly lane: number;
  readonly css: string;
}

function markerLine({ atMs, lane, css }: MarkerLine, scale: Scale, height: number): string {
  const x = scale.x(atMs);
  return `<line class="${css}" x1="${x}" x2="${x}" y1="${lane * LANE + 2}" y2="${height}"/>`;
}

/** Each marker has a lane of its own for its words: they never overlap, however close the markers are. */
function markerWords({ text, atMs, lane, css }: MarkerLine, scale: Scale): string {
  const turned = scale.fraction(atMs) > TURN;
  const anchor = turned ? ' text-anchor="end"' : "";
  return `<text class="${css}-label" x="${scale.x(atMs)}" dx="${turned ? -5 : 5}" y="${lane * LANE + 13}"${anchor}>${escapeHtml(text)}</text>`;
}

function farWords({ text, lane }: MarkerLine): string {
  const words = escapeHtml(`${text} ends beyond this axis →`);
  return `<text class="target-label" x="100%" dx="-4" y="${lane * LANE + 13}" text-anchor="end">${words}</text>`;
}

function targetOf({ markers }: Timeline, targetMs: number, lane: number): MarkerLine {
  const text = `RTO ${formatBudget(targetMs - (markers[0]?.atMs ?? 0))}`;
  return { text, atMs: targetMs, lane, css: "target" };
}
