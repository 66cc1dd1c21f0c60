import type { CompositeAlarm, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { LifecyclePolicy } from "@aws-sdk/client-dlm";
import type { Filter, Instance, InstanceStatus, Snapshot, Volume } from "@aws-sdk/client-ec2";
import type { GetCommandInvocationResult, InstanceInformation } from "@aws-sdk/client-ssm";

/** What can be watched, by kind, and what a look at one yields. */
export interface Watched {
  /** By snapshot id. */
  readonly "ec2.snapshot": Snapshot;
  /** All snapshots of one volume, by the volume's id. */
  readonly "ec2.snapshots-of-volume": readonly Snapshot[];
  /** All snapshots that pass any of some sets of filters, by {@link searchId}. */
  readonly "ec2.snapshots-matching": readonly Snapshot[];
  /** By volume id. */
  readonly "ec2.volume": Volume;
  /** By instance id. */
  readonly "ec2.instance": Instance;
  /** An instance's status checks, by instance id. */
  readonly "ec2.instance-status": InstanceStatus;
  /** By instance id. */
  readonly "ssm.managed-instance": InstanceInformation;
  /** One command on one instance, by `<command id>/<instance id>`. */
  readonly "ssm.command": GetCommandInvocationResult;
  /** By alarm name. */
  readonly "cloudwatch.alarm": MetricAlarm | CompositeAlarm;
  /** By policy id. */
  readonly "dlm.policy": LifecyclePolicy;
}
export type WatchedKind = keyof Watched;

/** The id a search is watched by: its sets of EC2 filters, of which a snapshot must pass one. */
export function searchId(anyOf: readonly (readonly Filter[])[]): string {
  return JSON.stringify(anyOf);
}
