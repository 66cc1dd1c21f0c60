import type { PolicyDetails, Schedule } from "@aws-sdk/client-dlm";

export type PolicyState = "ENABLED" | "DISABLED" | "ERROR";

/** A lifecycle policy as the sandbox keeps it. */
export interface LifecyclePolicy {
  readonly id: string;
  readonly arn: string;
  readonly region: string;
  readonly createdAt: number;
  modifiedAt: number;
  description: string;
  state: PolicyState;
  /** DLM reports the state's name here while all is well. */
  statusMessage: string;
  roleArn: string;
  details: PolicyDetails;
  readonly tags: Map<string, string>;
  /** Rises with every update and with deletion: what was planned for an earlier one does not happen. */
  generation: number;
  /** Snapshots that the policy made and has not deleted. */
  made: MadeSnapshot[];
}

export interface MadeSnapshot {
  readonly snapshotId: string;
  readonly region: string;
  /** The volume that was snapshotted, also for copies. */
  readonly volumeId: string;
  readonly scheduleName: string;
  readonly isCopy: boolean;
  /** Epoch milliseconds at which it was started. */
  readonly startedAt: number;
  /** Epoch milliseconds; undefined where a count decides. */
  readonly expiresAt: number | undefined;
  completed: boolean;
}

export function scheduleName(schedule: Schedule): string {
  return schedule.Name ?? "";
}
