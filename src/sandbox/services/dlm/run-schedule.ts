import type { Schedule } from "@aws-sdk/client-dlm";
import { isoInstant } from "../../../time/clock.ts";
import { AwsError } from "../../service.ts";
import { planCopies } from "./copy-rules.ts";
import { anySnapshot, type LifecycleManager } from "./lifecycle-manager.ts";
import { scheduleName, type LifecyclePolicy, type MadeSnapshot } from "./lifecycle-policy.ts";
import { createTimes } from "./policy-validation.ts";
import { endOfRetention, expire, planExpiry, retireBeyondCount } from "./retention.ts";
import type { SnapshotRequest, TaggedVolume } from "./snapshot-maker.ts";
import { snapshotTags } from "./snapshot-tags.ts";

const HOUR_MS = 3_600_000;

/** Plans the policy's next runs anew; whatever was planned before does not happen. */
export function planRuns(manager: LifecycleManager, policy: LifecyclePolicy, now: number): void {
  policy.generation++;
  if (!manager.isActive(policy)) return;
  for (const schedule of policy.details.Schedules ?? []) planRun(manager, policy, { schedule, after: now });
}

/**
 * The operation starts within an hour of its time. Without a time of day DLM chooses one.
 * @see https://docs.aws.amazon.com/dlm/latest/APIReference/API_CreateRule.html
 */
function planRun(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  planned: { schedule: Schedule; after: number },
): void {
  const { generation } = policy;
  const time = createTimes(planned.schedule, timeOfDay(policy.createdAt)).next(planned.after);
  if (time === undefined) return;
  const delay = Math.floor(manager.world.chance(`dlm-start:${policy.id}`) * HOUR_MS);
  manager.world.schedule(time + delay, async (now) => {
    if (policy.generation !== generation || !manager.isActive(policy)) return;
    planRun(manager, policy, { schedule: planned.schedule, after: time });
    await run(manager, policy, { schedule: planned.schedule, now });
  });
}

interface Run {
  readonly schedule: Schedule;
  readonly now: number;
}

async function run(manager: LifecycleManager, policy: LifecyclePolicy, { schedule, now }: Run): Promise<void> {
  if (!manager.permits(policy, { action: "ec2:DescribeVolumes", resource: "*", now })) return;
  await expire(manager, policy, now);
  for (const volume of manager.snapshots.volumes(policy.region)) {
    if (!manager.isActive(policy)) return;
    if (isTarget(policy, volume)) await snapshot(manager, policy, { schedule, now, volume });
  }
}

async function snapshot(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  due: Run & { volume: TaggedVolume },
): Promise<void> {
  const { schedule, volume, now } = due;
  if (!mayCreate(manager, policy, due)) return;
  const expiresAt = endOfRetention(schedule.RetainRule, now);
  const snapshotId = await tryCreate(manager, {
    region: policy.region,
    volumeId: volume.volumeId,
    description: `Created for policy: ${policy.id} schedule: ${scheduleName(schedule)}`,
    tags: snapshotTags({ policyId: policy.id, schedule, volume, expiresAt }),
    now,
    requestedBy: policy.roleArn,
  });
  if (snapshotId === undefined) return;
  follow(manager, policy, {
    schedule,
    made: {
      snapshotId,
      region: policy.region,
      volumeId: volume.volumeId,
      scheduleName: scheduleName(schedule),
      isCopy: false,
      startedAt: now,
      expiresAt,
      completed: false,
    },
  });
}

function mayCreate(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  { volume, now }: { volume: TaggedVolume; now: number },
): boolean {
  const volumeArn = `arn:aws:ec2:${policy.region}:${manager.world.account}:volume/${volume.volumeId}`;
  const made = anySnapshot(policy.region);
  return (
    manager.permits(policy, { action: "ec2:CreateSnapshot", resource: volumeArn, now }) &&
    manager.permits(policy, { action: "ec2:CreateSnapshot", resource: made, now }) &&
    manager.permits(policy, { action: "ec2:CreateTags", resource: made, now })
  );
}

/** A volume that vanished meanwhile, or has too many snapshots pending, gets none this time. */
async function tryCreate(manager: LifecycleManager, request: SnapshotRequest): Promise<string | undefined> {
  try {
    return await manager.snapshots.createSnapshot(request);
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

function follow(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  { schedule, made }: { schedule: Schedule; made: MadeSnapshot },
): void {
  policy.made.push(made);
  planExpiry(manager, policy, made);
  manager.snapshots.onSettled(made.region, made.snapshotId, async ({ state, at }) => {
    if (state !== "completed") return;
    made.completed = true;
    planCopies(manager, policy, { schedule, snapshot: made, at });
    await retireBeyondCount(manager, policy, { schedule, volumeId: made.volumeId, now: at });
  });
}

/** One matching tag is enough; keys and values are case-sensitive. */
function isTarget(policy: LifecyclePolicy, { tags }: TaggedVolume): boolean {
  return (policy.details.TargetTags ?? []).some(
    ({ Key: key, Value: value }) => Object.hasOwn(tags, key!) && tags[key!] === value,
  );
}

function timeOfDay(at: number): string {
  return isoInstant(at).slice("yyyy-mm-ddT".length, "yyyy-mm-ddThh:mm".length);
}
