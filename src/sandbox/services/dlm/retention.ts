import type { Schedule } from "@aws-sdk/client-dlm";
import { anySnapshot, type LifecycleManager } from "./lifecycle-manager.ts";
import { scheduleName, type LifecyclePolicy, type MadeSnapshot } from "./lifecycle-policy.ts";
import { retainedUntil } from "./schedule-times.ts";

/** When a snapshot made at `from` expires by an age rule; undefined where there is none. */
export function endOfRetention(
  rule: { readonly Interval?: number | undefined; readonly IntervalUnit?: string | undefined } | undefined,
  from: number,
): number | undefined {
  if (rule?.Interval === undefined || rule.IntervalUnit === undefined) return undefined;
  return retainedUntil(from, rule.Interval, rule.IntervalUnit);
}

/** Lets the snapshot go when its time is over. */
export function planExpiry(manager: LifecycleManager, policy: LifecyclePolicy, { expiresAt }: MadeSnapshot): void {
  if (expiresAt !== undefined) manager.world.schedule(expiresAt, (now) => expire(manager, policy, now));
}

/** Deletes what is past its time. A policy that was disabled meanwhile catches up at its next run. */
export async function expire(manager: LifecycleManager, policy: LifecyclePolicy, now: number): Promise<void> {
  const expired = policy.made.filter(({ expiresAt = Infinity }) => expiresAt <= now);
  await remove(manager, policy, { snapshots: expired, now });
}

/** Keeps the newest completed snapshots of the volume, as many as the schedule's retain rule says. */
export async function retireBeyondCount(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  { schedule, volumeId, now }: { readonly schedule: Schedule; readonly volumeId: string; readonly now: number },
): Promise<void> {
  const count = schedule.RetainRule?.Count;
  if (count === undefined) return;
  const mine = policy.made.filter(
    (made) =>
      made.completed && !made.isCopy && made.volumeId === volumeId && made.scheduleName === scheduleName(schedule),
  );
  const oldestFirst = mine.sort((a, b) => a.startedAt - b.startedAt);
  await remove(manager, policy, { snapshots: oldestFirst.slice(0, Math.max(0, oldestFirst.length - count)), now });
}

async function remove(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  { snapshots, now }: { readonly snapshots: readonly MadeSnapshot[]; readonly now: number },
): Promise<void> {
  if (!manager.isActive(policy)) return;
  for (const { region, snapshotId } of snapshots) {
    if (!manager.permits(policy, { action: "ec2:DeleteSnapshot", resource: anySnapshot(region), now })) return;
    await manager.snapshots.deleteSnapshot({ region, snapshotId, now, requestedBy: policy.roleArn });
    policy.made = policy.made.filter((made) => made.snapshotId !== snapshotId);
  }
}
