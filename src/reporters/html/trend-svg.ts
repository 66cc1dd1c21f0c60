import { formatBudget, formatDuration } from "../../time/duration.ts";
import type { Trend, TrendPoint } from "../document/trend.ts";
import { WORD_TONES } from "../document/verdict.ts";
import { counted, formatInstant } from "../wording.ts";
import { escapeHtml } from "./escape.ts";

const TOP = 26;
const BOTTOM = 150;
const HEIGHT = 186;
/** Of the width, on either side. */
const SIDE = 4;

/** The RTA of the drill's runs; a run without one stands as a cross on the ground line. */
export function trendSvg({ points, targetMs }: Trend): string {
  const most = Math.max(1, targetMs ?? 0, ...points.flatMap(({ rtaMs }) => rtaMs ?? [])) * 1.08;
  const y = (ms: number) => Math.round(BOTTOM - (ms / most) * (BOTTOM - TOP));
  const x = (index: number) =>
    `${(points.length === 1 ? 50 : SIDE + (index / (points.length - 1)) * (100 - 2 * SIDE)).toFixed(2)}%`;
  const marks = points.map((point, index) => pointMarks(point, x(index), y));
  const parts = [
    `<line class="ground" x1="0" x2="100%" y1="${BOTTOM}" y2="${BOTTOM}"/>`,
    target(targetMs, y),
    ...links(points, x, y),
    ...marks,
    ...dates(points),
  ];
  const label = `Recovery time of ${counted(points.length, "run")}. The table of runs has the same figures.`;
  return `<svg class="trend" role="img" aria-label="${escapeHtml(label)}" width="100%" height="${HEIGHT}">${parts.join("")}</svg>`;
}

function target(targetMs: number | undefined, y: (ms: number) => number): string {
  if (targetMs === undefined) return "";
  const at = y(targetMs);
  return `<line class="target" x1="0" x2="100%" y1="${at}" y2="${at}"/><text class="target-label" x="100%" y="${at - 6}" text-anchor="end">${escapeHtml(`RTO ${formatBudget(targetMs)}`)}</text>`;
}

/** Lines between neighbours that both have an RTA. */
function links(
  points: readonly TrendPoint[],
  x: (index: number) => string,
  y: (ms: number) => number,
): readonly string[] {
  return points.flatMap(({ rtaMs }, index) => {
    const before = points[index - 1]?.rtaMs;
    if (rtaMs === undefined || before === undefined) return [];
    return [`<line class="link" x1="${x(index - 1)}" y1="${y(before)}" x2="${x(index)}" y2="${y(rtaMs)}"/>`];
  });
}

function pointMarks({ rtaMs, word, at, current }: TrendPoint, x: string, y: (ms: number) => number): string {
  const css = `point ${WORD_TONES[word]}${current ? " current" : ""}`;
  const title = escapeHtml(
    `${formatInstant(at)}: ${word}${rtaMs === undefined ? "" : `, RTA ${formatDuration(rtaMs)}`}`,
  );
  if (rtaMs === undefined)
    return `<text class="miss ${WORD_TONES[word]}" x="${x}" y="${BOTTOM - 5}" text-anchor="middle">×<title>${title}</title></text>`;
  const words = current
    ? `<text class="label" x="${x}" y="${y(rtaMs) - 11}" text-anchor="middle">${escapeHtml(formatDuration(rtaMs))}</text>`
    : "";
  return `<circle class="${css}" cx="${x}" cy="${y(rtaMs)}" r="${current ? 6 : 4}"><title>${title}</title></circle>${words}`;
}

function dates(points: readonly TrendPoint[]): readonly string[] {
  const text = (point: TrendPoint | undefined, x: string, anchor: string) =>
    point
      ? `<text class="tick" x="${x}" y="${BOTTOM + 20}" text-anchor="${anchor}">${escapeHtml(point.at.slice(0, 10))}</text>`
      : "";
  if (points.length === 1) return [text(points[0], "50%", "middle")];
  return [text(points[0], "0", "start"), text(points.at(-1), "100%", "end")];
}
