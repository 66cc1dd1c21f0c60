/** Who asks EC2 for something: a service that acts for the account with a role. */
export interface OnBehalf {
  /** The IAM role's ARN. Its permissions have been checked for the EC2 actions; KMS keys are for EC2 to check. */
  readonly requestedBy: string;
  /** Epoch milliseconds at which it happens. */
  readonly now: number;
}

export interface TaggedVolume {
  readonly volumeId: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SnapshotRequest extends OnBehalf {
  readonly region: string;
  readonly volumeId: string;
  readonly description: string;
  /** May hold keys that begin with `aws:`, which users cannot set. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface CopyRequest extends OnBehalf {
  readonly fromRegion: string;
  readonly toRegion: string;
  readonly snapshotId: string;
  readonly description: string;
  readonly encrypted: boolean;
  /** A key of `toRegion`; without it an encrypted copy uses that Region's default key for EBS. */
  readonly kmsKeyId?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SnapshotSettled {
  readonly state: "completed" | "error";
  /** Epoch milliseconds at which the snapshot reached the state. */
  readonly at: number;
}

/** What Data Lifecycle Manager needs of EBS. The sandbox's EC2 service implements it. */
export interface SnapshotMaker {
  /** Volumes of the Region that exist (not deleting, not deleted), with their tags. */
  volumes(region: string): readonly TaggedVolume[];
  /** The snapshot's tags as they are now; undefined when it does not exist. */
  tagsOf(region: string, snapshotId: string): Readonly<Record<string, string>> | undefined;
  /**
   * Starts a snapshot of what is on the volume at this instant and answers with its id. Throws an AwsError when EC2 would
   * refuse at once, for example `InvalidVolume.NotFound`.
   */
  createSnapshot(request: SnapshotRequest): Promise<string>;
  /** Starts a copy, in `toRegion`, and answers with its id. What goes wrong with keys shows later, as the copy's state `error`. */
  copySnapshot(request: CopyRequest): Promise<string>;
  /** Calls back once, when the snapshot is completed or has failed; at once if it already is. Never after its deletion. */
  onSettled(region: string, snapshotId: string, settled: (outcome: SnapshotSettled) => void | Promise<void>): void;
  /** Deletes the snapshot; one that does not exist any more is no error. */
  deleteSnapshot(request: OnBehalf & { readonly region: string; readonly snapshotId: string }): Promise<void>;
}
