import type { Instant, RunRecord } from "./record.ts";

type Stops = Pick<RunRecord, "resumes" | "findings">;

/** Why what lies between two instants is known by the wall clock only. */
export type WallClockCause = "cut-off" | "clock-jump";

/**
 * Whether a run was cut off and taken up again between two of its instants (no monotonic clock runs on from one process into the
 * next), and whether the machine's wall clock went ahead of its steady one there. None where a steady clock saw all of it.
 */
export function wallClockCauses(record: Stops, from: Instant, to: Instant): readonly WallClockCause[] {
  const isWithin = ({ at }: { readonly at: Instant }) => from.mono < at.mono && at.mono < to.mono;
  return [
    ...(record.resumes.some(isWithin) ? ["cut-off" as const] : []),
    ...(stoodStill(record).some(isWithin) ? ["clock-jump" as const] : []),
  ];
}

export function isWallClock(record: Stops, from: Instant, to: Instant): boolean {
  return wallClockCauses(record, from, to).length > 0;
}

/** The stretches of monotonic milliseconds in which a run lay still, or its machine did. */
export function cutOffs(record: Stops): readonly { readonly from: number; readonly to: number }[] {
  return [...record.resumes, ...stoodStill(record)].map(({ at, gapMs }) => ({ from: at.mono - gapMs, to: at.mono }));
}

/** Stretches in which the machine slept or was paused, by its wall clock. */
function stoodStill({
  findings,
}: Pick<RunRecord, "findings">): readonly { readonly at: Instant; readonly gapMs: number }[] {
  return findings.flatMap(({ at, clockJumpMs = 0 }) => (clockJumpMs > 0 ? [{ at, gapMs: clockJumpMs }] : []));
}
