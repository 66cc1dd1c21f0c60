import type { Instant, RunRecord } from "./record.ts";

/**
 * Whether a run was cut off and taken up again between two of its instants. No monotonic clock runs on from one process into the
 * next, so what lies between them is known by the wall clock only.
 */
export function isWallClock(record: Pick<RunRecord, "resumes" | "findings">, from: Instant, to: Instant): boolean {
  const stops = [...record.resumes, ...stoodStill(record)];
  return stops.some(({ at }) => from.mono < at.mono && at.mono < to.mono);
}

/** The stretches of monotonic milliseconds in which a run lay still. */
export function cutOffs(
  record: Pick<RunRecord, "resumes" | "findings">,
): readonly { readonly from: number; readonly to: number }[] {
  return [...record.resumes, ...stoodStill(record)].map(({ at, gapMs }) => ({ from: at.mono - gapMs, to: at.mono }));
}

/** Stretches in which the machine slept or was paused, by its wall clock. */
function stoodStill({
  findings,
}: Pick<RunRecord, "findings">): readonly { readonly at: Instant; readonly gapMs: number }[] {
  return findings.flatMap(({ at, clockJumpMs = 0 }) => (clockJumpMs > 0 ? [{ at, gapMs: clockJumpMs }] : []));
}
