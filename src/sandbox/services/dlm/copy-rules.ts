import type { CrossRegionCopyRule, Schedule } from "@aws-sdk/client-dlm";
import { AwsError } from "../../service.ts";
import { anySnapshot, type LifecycleManager } from "./lifecycle-manager.ts";
import { scheduleName, type LifecyclePolicy, type MadeSnapshot } from "./lifecycle-policy.ts";
import { endOfRetention, planExpiry } from "./retention.ts";
import type { CopyRequest } from "./snapshot-maker.ts";
import { userTags } from "./snapshot-tags.ts";

/** DLM starts copies some minutes after the snapshot is there; it gives itself up to 24 hours. */
const LATEST_START_MS = 10 * 60_000;

interface Completed {
  readonly schedule: Schedule;
  readonly snapshot: MadeSnapshot;
  /** Epoch milliseconds at which the snapshot was completed. */
  readonly at: number;
}

/** Plans a copy for each of the schedule's cross-Region copy rules. */
export function planCopies(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  { schedule, snapshot, at }: Completed,
): void {
  for (const rule of schedule.CrossRegionCopyRules ?? []) {
    const delay = Math.floor(manager.world.chance(`dlm-copy:${policy.id}`) * LATEST_START_MS);
    manager.world.schedule(at + delay, (now) => copy(manager, policy, { schedule, snapshot, rule, now }));
  }
}

interface DueCopy {
  readonly schedule: Schedule;
  readonly snapshot: MadeSnapshot;
  readonly rule: CrossRegionCopyRule;
  readonly now: number;
}

async function copy(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  { schedule, snapshot, rule, now }: DueCopy,
): Promise<void> {
  const source = manager.snapshots.tagsOf(snapshot.region, snapshot.snapshotId);
  if (!source || !manager.isActive(policy)) return;
  const toRegion = rule.Target!;
  const tags = rule.CopyTags ? userTags(source) : {};
  const resource = anySnapshot(toRegion);
  if (!manager.permits(policy, { action: "ec2:CopySnapshot", resource, now })) return;
  if (Object.keys(tags).length > 0 && !manager.permits(policy, { action: "ec2:CreateTags", resource, now })) return;
  const snapshotId = await tryCopy(manager, {
    fromRegion: snapshot.region,
    toRegion,
    snapshotId: snapshot.snapshotId,
    description: "",
    encrypted: rule.Encrypted ?? false,
    ...(rule.CmkArn !== undefined && { kmsKeyId: rule.CmkArn }),
    tags,
    now,
    requestedBy: policy.roleArn,
  });
  if (snapshotId === undefined) return;
  const made: MadeSnapshot = {
    snapshotId,
    region: toRegion,
    volumeId: snapshot.volumeId,
    scheduleName: scheduleName(schedule),
    isCopy: true,
    startedAt: now,
    expiresAt: endOfRetention(rule.RetainRule, now),
    completed: false,
  };
  policy.made.push(made);
  planExpiry(manager, policy, made);
  manager.snapshots.onSettled(toRegion, snapshotId, ({ state }) => {
    made.completed = state === "completed";
  });
}

/** A copy that EC2 refuses at once, for example because 20 are under way, does not appear. */
async function tryCopy(manager: LifecycleManager, request: CopyRequest): Promise<string | undefined> {
  try {
    return await manager.snapshots.copySnapshot(request);
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}
