import type { Measure } from "../document/document.ts";

/** How much of a target is used: a bar with a mark at 80 %. Nothing where there is no target. */
export function gaugeSvg({ fraction, tone }: Measure): string {
  if (fraction === undefined) return "";
  const width = (Math.min(1, Math.max(0.01, fraction)) * 100).toFixed(1);
  return `<svg class="gauge" aria-hidden="true" width="100%" height="8"><rect class="track" width="100%" height="8" rx="4"/><rect class="fill ${tone}" width="${width}%" height="8" rx="4"/><line class="mark" x1="80%" x2="80%" y1="0" y2="8"/></svg>`;
}
