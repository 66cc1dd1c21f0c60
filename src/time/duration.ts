const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const GRAMMAR = /^(?=\d)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,6})s)?(?:(\d{1,6})ms)?$/;

/** The longest duration a drill may name. */
export const LONGEST_DURATION_MS = 366 * UNITS.d;

/**
 * Milliseconds of a duration such as `90s`, `5m`, `1h30m`, `26h`, `2d`: whole numbers, units once each, largest first.
 * Undefined for anything else, for zero, and for more than 366 days.
 */
export function parseDuration(text: string): number | undefined {
  const match = GRAMMAR.exec(text);
  if (!match) return undefined;
  const [, d = "0", h = "0", m = "0", s = "0", ms = "0"] = match;
  const total = +d * UNITS.d + +h * UNITS.h + +m * UNITS.m + +s * UNITS.s + +ms;
  return total > 0 && total <= LONGEST_DURATION_MS ? total : undefined;
}

/** A duration as people read it: `0.4s`, `42s`, `5m 12s`, `1h 03m 20s`, `2d 04h 00m 00s`. Negative ones carry a minus sign. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 9_950) return `${(ms / UNITS.s).toFixed(1)}s`;
  const seconds = Math.round(ms / UNITS.s);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first)
    .map(([value, unit], index) => (index === 0 ? `${value}${unit}` : `${String(value).padStart(2, "0")}${unit}`))
    .join(" ");
}

/** A duration as drill files write it: `1h30m`, `26h`, `4d`. What {@link parseDuration} reads back, for whole milliseconds. */
export function formatBudget(ms: number): string {
  const days = ms >= 3 * UNITS.d ? Math.floor(ms / UNITS.d) : 0;
  const rest = ms - days * UNITS.d;
  const parts: [number, string][] = [
    [days, "d"],
    [Math.floor(rest / UNITS.h), "h"],
    [Math.floor(rest / UNITS.m) % 60, "m"],
    [Math.floor(rest / UNITS.s) % 60, "s"],
    [rest % UNITS.s, "ms"],
  ];
  return parts.map(([value, unit]) => (value > 0 ? `${value}${unit}` : "")).join("") || "0s";
}
