import { formatBudget } from "../../time/duration.ts";

/** Places milliseconds on an axis that is as wide as the page, whatever that is: positions are percentages. */
export interface Scale {
  /** `12.34%`; what lies outside is put on the edge. */
  x(ms: number): string;
  /** 0 to 1, of what lies inside. */
  fraction(ms: number): number;
  readonly ticks: readonly { readonly x: string; readonly fraction: number; readonly label: string }[];
}

const NICE_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .concat([1, 2, 5, 10, 15, 30].map((s) => s * 1_000))
  .concat([1, 2, 5, 10, 15, 30].map((m) => m * 60_000))
  .concat([1, 2, 3, 6, 12].map((h) => h * 3_600_000))
  .concat([1, 2, 5, 10, 30, 100, 366].map((d) => d * 86_400_000));

const MOST_TICKS = 6;
/** What is left free on the right, of the whole width. */
const MARGIN = 0.02;

/** @param zeroMs what ticks count from */
export function scaleOf(fromMs: number, toMs: number, zeroMs: number): Scale {
  const span = Math.max(1, toMs - fromMs) * (1 + MARGIN);
  const fraction = (ms: number) => Math.min(1, Math.max(0, (ms - fromMs) / span));
  const x = (ms: number) => `${(fraction(ms) * 100).toFixed(2)}%`;
  const step = NICE_MS.find((ms) => span / ms <= MOST_TICKS) ?? span;
  const first = Math.ceil((fromMs - zeroMs) / step);
  const count = Math.min(MOST_TICKS + 1, Math.floor((fromMs + span - zeroMs) / step) - first + 1);
  const ticks = Array.from({ length: Math.max(0, count) }, (_, index) => {
    const offset = (first + index) * step;
    const at = zeroMs + offset;
    return { x: x(at), fraction: fraction(at), label: tickLabel(offset) };
  });
  return { x, fraction, ticks };
}

function tickLabel(ms: number): string {
  if (ms === 0) return "0";
  return `${ms < 0 ? "−" : "+"}${formatBudget(Math.abs(ms))}`;
}
