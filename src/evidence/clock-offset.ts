import type { RunRecord } from "../engine/record.ts";
import { CLOCKS_APART_MS } from "../time/clock.ts";
import { formatDuration } from "../time/duration.ts";

/**
 * What is to be said where the machine's clock and AWS's were further apart than the margin: the disaster is an instant of the one, the
 * recovery point of the other, and an RPA is off by as much. A run that was taken up again on another machine has a finding of the first.
 */
export function clockOffsetWarning({ identity, findings }: RunRecord): string | undefined {
  const offsets = Object.entries(identity?.clockOffsetMs ?? {}).map(([region, ms]) => ({ region, ms: Math.abs(ms) }));
  const [worst] = offsets.sort((a, b) => b.ms - a.ms);
  const by = worst && worst.ms >= CLOCKS_APART_MS ? worst : undefined;
  if (!by && !findings.some(({ code }) => code === "clock-offset")) return undefined;
  const much = by ? `${formatDuration(by.ms)} apart in ${by.region}` : "apart";
  return `the machine's clock and AWS's were ${much}: the RPA is off by as much`;
}
