/* What steps, clients and watches find out, before it becomes an event. */

/** A check of recovered data, passed or failed. */
export interface DataCheck {
  /** `file-manifest`, `raw-device`, `snapshot-blocks`, … */
  readonly check: string;
  readonly passed: boolean;
  /** What was compared with what, in one line. */
  readonly summary: string;
  readonly algorithm?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly counts?: Readonly<Record<string, number>>;
  /** The first differing blocks or files. */
  readonly differences?: readonly string[];
}

/** What is known of the recovery point; several of these add up. Instants are ISO. */
export interface RecoveryPoint {
  /** The id of the copy that is restored. */
  readonly recoveryPointId?: string;
  readonly sourceId?: string;
  /** StartTime of the *source* snapshot: the point in time of its data. */
  readonly sourceStartTime?: string;
  readonly copyStartTime?: string;
  readonly copyCompletionTime?: string;
  /** Written into the data before the backup. */
  readonly markerWrittenAt?: string;
  /** The newest marker found in the restored data: what the RPA is measured from. */
  readonly markerFoundAt?: string;
  /** `drill-triggered` when the drill itself made the backup: such an RPA says nothing of the schedule. */
  readonly basis?: "scheduled" | "drill-triggered";
  /** Of the policy that made it: the longest time between two snapshots, and how late one may start. Milliseconds. */
  readonly schedule?: { readonly intervalMs: number; readonly startWindowMs: number };
  readonly sizeBytes?: number;
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  /** The recovery points that there were before, oldest first: what the worst-case RPO is computed from. */
  readonly lookback?: readonly EarlierPoint[];
}

/** A recovery point that the drill did not make. Instants are ISO. */
export interface EarlierPoint {
  readonly recoveryPointId: string;
  /** The point in time of its data. */
  readonly pointInTime: string;
  /** Since when it could have been restored in the DR Region. */
  readonly availableAt: string;
}

/** A file in the drill's folder that the run depends on. */
export interface DrillFile {
  /** Relative to the drill's folder, with forward slashes. */
  readonly path: string;
  /** Hex SHA-256 of its bytes. Absent for one that holds a secret, or looks like it, and for one that could not be read. */
  readonly sha256?: string;
}

export interface Finding {
  /** Kebab-case: `primary-region-called`, `target-missed`. */
  readonly code: string;
  readonly severity: "info" | "warning" | "critical";
  readonly message: string;
  readonly resourceId?: string;
  /** The machine's wall clock parted from its steady one by so much; a positive one counts as time that has passed. */
  readonly clockJumpMs?: number;
}

export interface AwsCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly startedAt: string;
  readonly durationMs: number;
  /** HTTP status; absent when no response came. */
  readonly status?: number;
  readonly requestId?: string;
  /** The SDK's attempts, retries included. */
  readonly attempts: number;
  /**
   * Where its requests were sent: scheme, host and port of each, from the SDK's own request. Absent: where those of the last call
   * of the same service in the same Region had gone. Empty: none was sent.
   */
  readonly origins?: readonly string[];
  readonly errorCode?: string;
}

export interface Observation {
  readonly region: string;
  readonly kind: string;
  readonly id: string;
  readonly state: string;
  /** The service's own instant of the change, where it gives one. */
  readonly serviceAt?: string;
}
