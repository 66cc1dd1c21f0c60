import type { LifecyclePolicy } from "@aws-sdk/client-dlm";
import type { Snapshot } from "@aws-sdk/client-ec2";
import { POLICY_TAG, SCHEDULE_TAG } from "../../aws/watch/kinds/policies.ts";
import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import { isoInstant } from "../../time/clock.ts";
import type { Tags } from "../../engine/tags.ts";
import { tagsOf } from "../../aws/tags.ts";
import type { DrillServices } from "../services.ts";
import type { SnapshotWindow } from "./dlm-schedule.ts";
import { schedulesInto } from "./lifecycle-policy.ts";

type Context = StepContext<DrillServices>;

/** Nobody is timed while a backup is awaited. */
const LOOK_MS = 60_000;
/** Beyond the window's end, for the snapshot to become visible. */
const MARGIN_MS = 15 * 60_000;

export interface SourceWait {
  readonly volumeId: string;
  /** Snapshots that were started before hold older data. Epoch milliseconds. */
  readonly since: number;
  readonly policy: LifecyclePolicy | undefined;
  /** The Region to which the snapshot is to be copied. */
  readonly into: string;
  /** When the policy must make it, as far as its schedule can be read. */
  readonly window: SnapshotWindow | undefined;
  readonly signal: AbortSignal;
}

/** Waits for the first snapshot of the volume since then: by the policy if one is known. @throws Failure when the window has passed. */
export async function untilSourceAppears(ctx: Context, wait: SourceWait): Promise<Snapshot> {
  const { volumeId, window, signal } = wait;
  const region = ctx.regions.primary;
  if (window)
    ctx.progress(`the policy snapshots ${volumeId} between ${isoInstant(window.from)} and ${isoInstant(window.to)}`);
  const { seen } = await ctx.services.watch.until({
    region,
    kind: "ec2.snapshots-of-volume",
    id: volumeId,
    signal,
    unhurriedMs: LOOK_MS,
    ...(window ? { expectedAt: window.from } : {}),
    judge: ({ seen: snapshots = [] }) => {
      if (firstSince(wait, snapshots)) return "done";
      const late = window !== undefined && ctx.clock.now() > window.to + MARGIN_MS;
      return late ? { failed: neverCame(region, wait, window.to) } : "wait";
    },
  });
  return firstSince(wait, seen ?? [])!;
}

/** Other schedules of the policy may make snapshots more often, which stay where they are. */
function isOfCopiedSchedule(tags: Tags, policy: LifecyclePolicy, into: string): boolean {
  const names = schedulesInto(policy, into).map(({ schedule }) => schedule.Name);
  const name = tags[SCHEDULE_TAG];
  return tags[POLICY_TAG] === policy.PolicyId && (name === undefined || names.includes(name));
}

function firstSince({ since, policy, into }: SourceWait, snapshots: readonly Snapshot[]): Snapshot | undefined {
  return snapshots
    .filter(({ StartTime }) => StartTime !== undefined && StartTime.getTime() >= since)
    .filter(({ Tags }) => policy === undefined || isOfCopiedSchedule(tagsOf(Tags), policy, into))
    .sort((a, b) => a.StartTime!.getTime() - b.StartTime!.getTime())[0];
}

function neverCame(region: string, { volumeId, policy, since }: SourceWait, to: number): Failure {
  return new Failure({
    code: "snapshot-never-appeared",
    message: `${policy?.PolicyId ?? "The policy"} was to snapshot ${volumeId} in ${region} by ${isoInstant(to)}; there is no snapshot since ${isoInstant(since)}`,
    fixer: "operator",
    next: "check that the volume has one of the policy's target tags (they are case-sensitive) and that the policy's role may ec2:CreateSnapshot",
    resourceId: volumeId,
  });
}
