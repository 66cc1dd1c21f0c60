import type { CreateVolumeRequest } from "@aws-sdk/client-ec2";
import { join } from "node:path";
import { BLOCK_BYTES } from "../../disks/block-list.ts";
import { Disk } from "../../disks/disk.ts";
import { AwsError } from "../../service.ts";
import { drawDuration, RATES } from "./durations.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import type { Initialization, Snapshot, Volume } from "./model.ts";
import { volumeSpec, volumeZone, type VolumeSpec } from "./volume-spec.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;

export interface VolumeCreation {
  readonly region: Ec2Region;
  readonly input: CreateVolumeRequest;
  readonly tags: Map<string, string>;
  readonly principalArn: string;
  readonly now: number;
}

/** `creating`, then `available`; with a key that cannot be used the volume vanishes instead, and nothing says why but the log. */
export function createVolume(ec2: Ec2, creation: VolumeCreation): Volume {
  const { region, input, now, principalArn } = creation;
  const zone = volumeZone(input, region);
  const snapshot = input.SnapshotId === undefined ? undefined : usableSnapshot(region, input.SnapshotId);
  const spec = volumeSpec(input, snapshot);
  const key = encryptionKey(ec2, region, {
    encrypted: input.Encrypted === true || snapshot?.encrypted === true,
    named: input.KmsKeyId,
    inherited: snapshot?.kmsKeyArn,
  });
  const volume = newVolume(ec2, { ...creation, zone, spec, snapshot, key });
  region.volumes.add(volume);
  ec2.enter({ region, what: "ec2.volume", resource: volume, state: "creating", at: now });
  const unusable = key && ec2.keys.whyUnusable(region.name, key, principalArn);
  if (unusable) vanish(ec2, region, volume, { cause: unusable, at: now });
  else {
    ec2.world.schedule(now + drawDuration(ec2.world, "volumeCreation"), (at) =>
      becomeAvailable(ec2, { region, volume, snapshot, at }),
    );
  }
  return volume;
}

async function becomeAvailable(
  ec2: Ec2,
  { region, volume, snapshot, at }: { region: Ec2Region; volume: Volume; snapshot: Snapshot | undefined; at: number },
): Promise<void> {
  volume.disk = await newDisk(ec2, volume, snapshot);
  ec2.enter({ region, what: "ec2.volume", resource: volume, state: "available", at });
}

/** The bytes of a volume: empty, or those of its snapshot. */
export function newDisk(ec2: Ec2, volume: Volume, snapshot?: Snapshot): Promise<Disk> {
  return Disk.create(join(ec2.world.folder, "volumes", volume.id), volume.sizeGib * GIB, ec2.store, snapshot?.blocks);
}

function vanish(ec2: Ec2, region: Ec2Region, volume: Volume, { cause, at }: { cause: string; at: number }): void {
  ec2.world.schedule(at + drawDuration(ec2.world, "volumeVanishing"), (gone) => {
    region.volumes.delete(volume.id);
    ec2.log({ region, what: "ec2.volume", id: volume.id, state: "deleted", at: gone, detail: { cause } });
  });
}

/** `deleting`, then gone. */
export function deleteVolume(ec2: Ec2, region: Ec2Region, volume: Volume, now: number): void {
  if (volume.attachment) {
    throw new AwsError("VolumeInUse", `Volume ${volume.id} is currently attached to ${volume.attachment.instanceId}`);
  }
  if (volume.state !== "available") {
    throw new AwsError("IncorrectState", `The volume '${volume.id}' is '${volume.state}'`);
  }
  ec2.enter({ region, what: "ec2.volume", resource: volume, state: "deleting", at: now });
  ec2.world.schedule(now + drawDuration(ec2.world, "volumeDeletion"), async (at) => {
    region.volumes.delete(volume.id);
    await volume.disk?.remove();
    ec2.log({ region, what: "ec2.volume", id: volume.id, state: "deleted", at });
  });
}

function usableSnapshot(region: Ec2Region, id: string): Snapshot {
  const snapshot = region.snapshots.get(id);
  if (snapshot.state === "completed") return snapshot;
  throw new AwsError("IncorrectState", `Snapshot is in invalid state - ${snapshot.state}`);
}

interface EncryptionWish {
  readonly encrypted: boolean;
  readonly named: string | undefined;
  /** The key that is used when none is named, instead of the Region's default. */
  readonly inherited?: string | undefined;
}

/** The ARN of the key of a new volume or copy; undefined when it will not be encrypted. */
export function encryptionKey(ec2: Ec2, region: Ec2Region, wish: EncryptionWish): string | undefined {
  const encrypted = wish.encrypted || region.encryptionByDefault;
  if (wish.named !== undefined && !encrypted) {
    throw new AwsError(
      "InvalidParameterDependency",
      "The parameter KmsKeyId requires the parameter Encrypted to be set.",
    );
  }
  if (!encrypted) return undefined;
  if (wish.named !== undefined) return ec2.keyArn(region.name, wish.named);
  return wish.inherited ?? ec2.keyArn(region.name, region.defaultKey);
}

/** A volume that nobody knows of yet, in state `creating`. */
export function newVolume(
  ec2: Ec2,
  creation: Pick<VolumeCreation, "tags" | "now"> & {
    readonly zone: Volume["zone"];
    readonly spec: VolumeSpec;
    readonly snapshot: Snapshot | undefined;
    readonly key: string | undefined;
  },
): Volume {
  const { zone, spec, snapshot, key, tags, now } = creation;
  const id = ec2.world.newId("vol-");
  return {
    id,
    tags,
    zone,
    ...spec,
    encrypted: key !== undefined,
    kmsKeyArn: key,
    snapshotId: snapshot?.id ?? "",
    initialization: snapshot && initialization(snapshot, spec.initializationRate, now),
    lineage: snapshot?.lineage ?? id,
    createdAt: now,
    state: "creating",
    attachment: undefined,
    disk: undefined,
    snapshotAt: undefined,
  };
}

function initialization(snapshot: Snapshot, rate: number | undefined, now: number): Initialization {
  const bytes = snapshot.blocks.blocks.size * BLOCK_BYTES;
  const bytesPerMs = rate === undefined ? RATES.defaultInitialization : (rate * MIB) / 1_000;
  return { type: rate === undefined ? "default" : "provisioned-rate", startsAt: now, endsAt: now + bytes / bytesPerMs };
}
