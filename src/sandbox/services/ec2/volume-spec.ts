import type { CreateVolumeRequest } from "@aws-sdk/client-ec2";
import { AwsError } from "../../service.ts";
import type { Ec2Region } from "./ec2.ts";
import type { Snapshot, VolumeType } from "./model.ts";
import type { Zone } from "./zones.ts";

interface TypeLimits {
  readonly gib: readonly [number, number];
  /** Present where IOPS can be chosen. */
  readonly iops?: { readonly range: readonly [number, number]; readonly perGib: number; readonly preset?: number };
}

/** EBS's limits by volume type. */
const LIMITS: Readonly<Record<VolumeType, TypeLimits>> = {
  gp2: { gib: [1, 16_384] },
  gp3: { gib: [1, 65_536], iops: { range: [3_000, 80_000], perGib: 500, preset: 3_000 } },
  io1: { gib: [4, 16_384], iops: { range: [100, 64_000], perGib: 50 } },
  io2: { gib: [4, 65_536], iops: { range: [100, 256_000], perGib: 1_000 } },
  st1: { gib: [125, 16_384] },
  sc1: { gib: [125, 16_384] },
  standard: { gib: [1, 1_024] },
};

const GP3_THROUGHPUT = { preset: 125, most: 2_000, perIops: 0.25 } as const;
const INITIALIZATION_RATE = { least: 100, most: 300 } as const;

export interface VolumeSpec {
  readonly type: VolumeType;
  readonly sizeGib: number;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly initializationRate: number | undefined;
}

/** What a CreateVolume asks for, checked against EBS's limits, with EBS's defaults: gp2, and the size of the snapshot. */
export function volumeSpec(input: CreateVolumeRequest, snapshot: Snapshot | undefined): VolumeSpec {
  const type = volumeType(input.VolumeType);
  const sizeGib = volumeSize(type, input.Size, snapshot);
  const iops = volumeIops(type, input.Iops, sizeGib);
  return {
    type,
    sizeGib,
    iops,
    throughput: volumeThroughput(type, input.Throughput, iops),
    initializationRate: initializationRate(input.VolumeInitializationRate, snapshot),
  };
}

/** The zone that exactly one of AvailabilityZone and AvailabilityZoneId names. */
export function volumeZone(input: CreateVolumeRequest, region: Ec2Region): Zone {
  const { AvailabilityZone: name, AvailabilityZoneId: id } = input;
  if (name !== undefined && id !== undefined) {
    throw combination("You must specify either AvailabilityZone or AvailabilityZoneId in the request, but not both.");
  }
  if (name === undefined && id === undefined) throw missing("The request must contain the parameter AvailabilityZone");
  const zone = region.zones.find((candidate) => candidate.name === name || candidate.id === id);
  if (!zone) throw new AwsError("InvalidZone.NotFound", `The zone '${name ?? id}' does not exist.`);
  return zone;
}

function volumeType(type = "gp2"): VolumeType {
  if (Object.hasOwn(LIMITS, type)) return type as VolumeType;
  throw new AwsError("UnknownVolumeType", `Unknown volume type '${type}'.`);
}

function volumeSize(type: VolumeType, asked: number | undefined, snapshot: Snapshot | undefined): number {
  const size = asked ?? snapshot?.sizeGib;
  if (size === undefined) throw missing("The request must contain the parameter size or snapshotId");
  const [least, most] = LIMITS[type].gib;
  if (size < least) throw value(`Volume of ${size}GiB is too small for volume type ${type}; minimum is ${least}GiB.`);
  if (size > most) throw value(`Volume of ${size}GiB is too large for volume type ${type}; maximum is ${most}GiB.`);
  if (snapshot && size < snapshot.sizeGib) {
    throw value(
      `Volume of ${size}GiB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.sizeGib}GiB`,
    );
  }
  return size;
}

function volumeIops(type: VolumeType, asked: number | undefined, sizeGib: number): number | undefined {
  const { iops } = LIMITS[type];
  if (!iops) {
    if (asked !== undefined) throw combination(`The parameter iops is not supported for ${type} volumes.`);
    return type === "gp2" ? Math.min(16_000, Math.max(100, 3 * sizeGib)) : undefined;
  }
  const wanted = asked ?? iops.preset;
  if (wanted === undefined) throw missing(`The request must contain the parameter iops for ${type} volumes`);
  const [least, most] = iops.range;
  if (wanted < least || wanted > most) {
    throw value(`Volume iops of ${wanted} is out of range for volume type ${type}; expected ${least} to ${most}.`);
  }
  if (wanted > Math.max(least, sizeGib * iops.perGib)) {
    throw value(`Iops to volume size ratio of ${wanted / sizeGib} is too high; maximum is ${iops.perGib}.`);
  }
  return wanted;
}

function volumeThroughput(type: VolumeType, asked: number | undefined, iops = 0): number | undefined {
  if (type !== "gp3") {
    if (asked !== undefined) throw combination(`The parameter throughput is not supported for ${type} volumes.`);
    return undefined;
  }
  const { preset, most, perIops } = GP3_THROUGHPUT;
  const wanted = asked ?? preset;
  if (wanted < preset || wanted > most) {
    throw value(`Volume throughput of ${wanted} is out of range; expected ${preset} to ${most} MiBps.`);
  }
  if (wanted > Math.max(preset, iops * perIops)) {
    throw value(
      `Throughput (MiBps) to iops ratio of ${wanted / iops} is too high; maximum is ${perIops} MiBps per iops.`,
    );
  }
  return wanted;
}

function initializationRate(asked: number | undefined, snapshot: Snapshot | undefined): number | undefined {
  if (asked === undefined) return undefined;
  if (!snapshot) throw combination("The parameter volumeInitializationRate requires the parameter snapshotId.");
  const { least, most } = INITIALIZATION_RATE;
  if (asked < least || asked > most) {
    throw value(`Volume initialization rate of ${asked} is out of range; expected ${least} to ${most} MiBps.`);
  }
  return asked;
}

const missing = (message: string) => new AwsError("MissingParameter", message);
const value = (message: string) => new AwsError("InvalidParameterValue", message);
const combination = (message: string) => new AwsError("InvalidParameterCombination", message);
