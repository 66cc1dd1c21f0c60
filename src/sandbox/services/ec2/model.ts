import type { BlockList } from "../../disks/block-list.ts";
import type { Disk } from "../../disks/disk.ts";
import type { Host } from "../../hosts/host.ts";
import type { Zone } from "./zones.ts";

/** What has an id, tags and a state. */
export interface Resource {
  readonly id: string;
  readonly tags: Map<string, string>;
  state: string;
}

export type VolumeType = "gp2" | "gp3" | "io1" | "io2" | "st1" | "sc1" | "standard";

export interface Attachment {
  readonly instanceId: string;
  /** What AttachVolume was given; the host sees another name. */
  readonly device: string;
  readonly attachedAt: number;
  readonly deleteOnTermination: boolean;
  state: "attaching" | "attached" | "detaching" | "busy";
}

/** How the bytes of a volume made from a snapshot are loaded, in the background, on the clock. */
export interface Initialization {
  readonly type: "default" | "provisioned-rate";
  readonly startsAt: number;
  readonly endsAt: number;
}

export interface Volume extends Resource {
  readonly zone: Zone;
  readonly sizeGib: number;
  readonly type: VolumeType;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly kmsKeyArn: string | undefined;
  /** Empty when the volume was not made from a snapshot. */
  readonly snapshotId: string;
  readonly initializationRate: number | undefined;
  readonly initialization: Initialization | undefined;
  /** Shared by a volume, its snapshots and the volumes made from them. */
  readonly lineage: string;
  readonly createdAt: number;
  state: "creating" | "available" | "in-use" | "deleting";
  attachment: Attachment | undefined;
  /** Present from `available` on. */
  disk: Disk | undefined;
  /** When the last snapshot was begun. */
  snapshotAt: number | undefined;
}

export interface Snapshot extends Resource {
  /** `vol-ffffffff` for copies. */
  readonly volumeId: string;
  readonly sizeGib: number;
  readonly encrypted: boolean;
  readonly kmsKeyArn: string | undefined;
  readonly description: string;
  readonly startedAt: number;
  /** From when the work itself goes on: a copy waits for an earlier one of the same lineage. */
  readonly worksFrom: number;
  /** When it is due to be completed. */
  readonly expectedAt: number;
  readonly completionMinutes: number | undefined;
  readonly lineage: string;
  readonly isCopy: boolean;
  state: "pending" | "completed" | "error";
  stateMessage: string | undefined;
  completedAt: number | undefined;
  blocks: BlockList;
  /** Called once, when the snapshot has settled. */
  readonly awaiting: ((at: number) => void | Promise<void>)[];
}

export interface Instance extends Resource {
  readonly zone: Zone;
  readonly subnetId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly profile: { readonly arn: string; readonly id: string } | undefined;
  readonly reservationId: string;
  readonly clientToken: string | undefined;
  readonly launchedAt: number;
  readonly privateIp: string;
  readonly networkInterfaceId: string;
  readonly securityGroupIds: readonly string[];
  readonly httpTokens: "required" | "optional";
  readonly keyName: string | undefined;
  readonly userData: string | undefined;
  readonly rootVolumeId: string;
  disableApiTermination: boolean;
  state: "pending" | "running" | "shutting-down" | "terminated";
  stateReason: string | undefined;
  /** Since when both status checks pass. */
  checkedAt: number | undefined;
  /** Since when the SSM agent is Online. */
  onlineAt: number | undefined;
  /** The machine itself, from `running` on. */
  host: Host | undefined;
}

/** The number that goes with each state of an instance. */
export const INSTANCE_STATE_CODES = { pending: 0, running: 16, "shutting-down": 32, terminated: 48 } as const;
