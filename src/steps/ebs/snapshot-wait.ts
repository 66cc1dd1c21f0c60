import type { Snapshot } from "@aws-sdk/client-ec2";
import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import { formatDuration } from "../../time/duration.ts";
import type { Sighting, Verdict } from "../../aws/watch/watch.ts";
import type { DrillServices } from "../services.ts";

export interface SnapshotWait {
  readonly region: string;
  readonly snapshotId: string;
  /** What it is to people: `snapshot`, `copy`. */
  readonly what: string;
  /** Without any progress for so long it has stalled. */
  readonly stallMs?: number;
  readonly unhurriedMs?: number;
  readonly signal?: AbortSignal;
}

/** Nobody is timed while a backup is made; EC2 itself says when it was complete. */
const PREPARING_LOOK_MS = 10_000;

/** Waits until a snapshot is completed. @throws Failure for `error` (with AWS's StateMessage), the Recycle Bin, a stall, and when it vanishes. */
export async function untilCompleted(ctx: StepContext<DrillServices>, wait: SnapshotWait): Promise<Snapshot> {
  const moved = { progress: -1, at: ctx.clock.monotonic() };
  const judge = (sighting: Sighting<Snapshot>): Verdict => {
    const { seen } = sighting;
    if (!seen) return { failed: vanished(wait) };
    if (seen.State === "completed") return "done";
    if (seen.State === "error") return { failed: inError(wait, seen) };
    if (seen.State !== "pending") return { failed: inRecycleBin(wait, seen) };
    const progress = sighting.progress ?? 0;
    if (progress > moved.progress) {
      Object.assign(moved, { progress, at: ctx.clock.monotonic() });
      ctx.progress(`${wait.snapshotId} is ${Math.round(progress * 100)} % done`, progress);
    }
    const still = ctx.clock.monotonic() - moved.at;
    return wait.stallMs !== undefined && still > wait.stallMs ? { failed: stalled(wait, still) } : "wait";
  };
  const { region, snapshotId: id, signal } = wait;
  const unhurriedMs = wait.unhurriedMs ?? (ctx.phase === "prepare" ? PREPARING_LOOK_MS : undefined);
  const { seen } = await ctx.services.watch.until({
    region,
    kind: "ec2.snapshot",
    id,
    judge,
    ...(signal ? { signal } : {}),
    ...(unhurriedMs === undefined ? {} : { unhurriedMs }),
  });
  return seen!;
}

function vanished({ what, snapshotId, region }: SnapshotWait): Failure {
  return new Failure({
    code: "snapshot-vanished",
    message: `The ${what} ${snapshotId} does not exist (any more) in ${region}`,
    fixer: "operator",
    next: "look in CloudTrail who deleted it, and check the retention rules",
    resourceId: snapshotId,
  });
}

/** Keys are checked asynchronously: a copy whose key cannot be used is accepted and then fails, and only StateMessage says why. */
function inError({ what, snapshotId, region }: SnapshotWait, { StateMessage, KmsKeyId }: Snapshot): Failure {
  const reason = StateMessage || "AWS gives no reason";
  const key = /key/i.test(reason);
  return new Failure({
    code: key ? "kms-key-unusable" : "snapshot-error",
    message: `The ${what} ${snapshotId} in ${region} has failed: ${reason}`,
    fixer: "operator",
    next: key
      ? `check the state and policy of ${KmsKeyId ?? "the KMS key"}, and that whoever copies may use the keys of both Regions`
      : "make another one; if it fails again, ask AWS support with the snapshot id",
    resourceId: snapshotId,
  });
}

function inRecycleBin({ what, snapshotId, region }: SnapshotWait, { State }: Snapshot): Failure {
  return new Failure({
    code: "snapshot-recoverable",
    message: `The ${what} ${snapshotId} in ${region} is ${State}: it is in the Recycle Bin`,
    fixer: "operator",
    next: `aws ec2 restore-snapshot-from-recycle-bin --region ${region} --snapshot-id ${snapshotId}`,
    resourceId: snapshotId,
  });
}

function stalled({ what, snapshotId, region }: SnapshotWait, forMs: number): Failure {
  return new Failure({
    code: "snapshot-stalled",
    message: `The ${what} ${snapshotId} in ${region} has made no progress for ${formatDuration(forMs)}`,
    fixer: "AWS",
    next: "only so many copies run at once in a Region: see what else is copying, then raise stallAfter or try again",
    resourceId: snapshotId,
  });
}
