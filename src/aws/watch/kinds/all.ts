import type { WatchKind } from "../watch.ts";
import type { Watched, WatchedKind } from "../watched.ts";
import { alarmKind } from "./alarms.ts";
import { instanceKind, instanceStatusKind } from "./instances.ts";
import type { Look } from "./look.ts";
import { policyKind } from "./policies.ts";
import { snapshotKind, snapshotsMatchingKind, snapshotsOfVolumeKind } from "./snapshots.ts";
import { commandKind, managedInstanceKind } from "./ssm.ts";
import { volumeKind } from "./volumes.ts";

/** Everything the watch can look at. */
export const WATCH_KINDS: { readonly [K in WatchedKind]: (look: Look) => WatchKind<Watched[K]> } = {
  "ec2.snapshot": snapshotKind,
  "ec2.snapshots-of-volume": snapshotsOfVolumeKind,
  "ec2.snapshots-matching": snapshotsMatchingKind,
  "ec2.volume": volumeKind,
  "ec2.instance": instanceKind,
  "ec2.instance-status": instanceStatusKind,
  "ssm.managed-instance": managedInstanceKind,
  "ssm.command": commandKind,
  "cloudwatch.alarm": alarmKind,
  "dlm.policy": policyKind,
};
