import type { Instant, RunRecord } from "./record.ts";

/**
 * Whether a run was cut off and taken up again between two of its instants. No monotonic clock runs on from one process into the
 * next, so what lies between them is known by the wall clock only.
 */
export function isWallClock({ resumes }: Pick<RunRecord, "resumes">, from: Instant, to: Instant): boolean {
  return resumes.some(({ at }) => from.mono < at.mono && at.mono < to.mono);
}

/** The stretches of monotonic milliseconds in which a run lay still. */
export function cutOffs({
  resumes,
}: Pick<RunRecord, "resumes">): readonly { readonly from: number; readonly to: number }[] {
  return resumes.map(({ at, gapMs }) => ({ from: at.mono - gapMs, to: at.mono }));
}
