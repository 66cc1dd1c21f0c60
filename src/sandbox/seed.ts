import type { Sandbox } from "./sandbox.ts";
import { attachVolume } from "./services/ec2/attachment-life.ts";
import type { Ec2, Ec2Region } from "./services/ec2/ec2.ts";
import { launchInstance } from "./services/ec2/instance-life.ts";
import { instanceSpec } from "./services/ec2/instance-spec.ts";
import { imageId } from "./services/ec2/images.ts";
import type { Instance, Volume } from "./services/ec2/model.ts";
import { createVolume } from "./services/ec2/volume-life.ts";
import { writeSeedData } from "./seed-data.ts";
import { seedInstanceProfile } from "./seed-profile.ts";

export interface SeedOptions {
  /** Where the instance is. */
  readonly region: string;
  /** Where drills recover it. Helper hosts launched there (and here) can use the instance profile {@link HOST_PROFILE}. */
  readonly drRegion: string;
  /** `us-east-1a`; the Region's first zone by default. */
  readonly zone?: string;
  /** The data volume's tags; `Snapshot=true` and a Name by default. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ExistingInstance {
  readonly instanceId: string;
  /** The data volume, mounted at `/data` of the host. */
  readonly volumeId: string;
  readonly availabilityZone: string;
  /** In the DR Region, for launching a helper host. */
  readonly host: { readonly imageId: string; readonly subnetIds: readonly string[]; readonly instanceProfile: string };
}

/** An instance profile whose role has AmazonSSMManagedInstanceCore. */
export const HOST_PROFILE = "gameday-host";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const AGE_MS = 30 * DAY_MS;
const DATA_GIB = 8;

/**
 * Puts an existing EC2 instance there, launched a month ago and Online in SSM, with a data volume (gp3, 8 GiB, not encrypted)
 * that is tagged Snapshot=true and holds a few MiB of files.
 */
export async function seedExistingInstance(sandbox: Sandbox, options: SeedOptions): Promise<ExistingInstance> {
  const { world, services } = sandbox;
  const { ec2 } = services;
  const region = ec2.region(options.region);
  const zone = options.zone ?? region.zones[0]!.name;
  const then = world.clock.now() - AGE_MS;
  seedInstanceProfile(services.roles, HOST_PROFILE, then);
  const instance = launch(ec2, region, { zone, now: then });
  const volume = makeVolume(ec2, region, {
    zone,
    now: then,
    tags: options.tags ?? { Name: "app-data", Snapshot: "true" },
  });
  await world.catchUp();
  attachVolume(ec2, { region, volume, instance, device: "/dev/sdf", principalArn: owner(ec2), now: then + HOUR_MS });
  await world.catchUp();
  await writeSeedData(instance.host!, volume.id);
  const dr = ec2.region(options.drRegion);
  return {
    instanceId: instance.id,
    volumeId: volume.id,
    availabilityZone: zone,
    host: {
      imageId: imageId(dr.name),
      subnetIds: dr.network.subnets.map(({ id }) => id),
      instanceProfile: HOST_PROFILE,
    },
  };
}

function launch(ec2: Ec2, region: Ec2Region, { zone, now }: { zone: string; now: number }): Instance {
  const input = {
    ImageId: imageId(region.name),
    InstanceType: "t3.small" as const,
    MinCount: 1,
    MaxCount: 1,
    Placement: { AvailabilityZone: zone },
    IamInstanceProfile: { Name: HOST_PROFILE },
  };
  return launchInstance(ec2, {
    region,
    input,
    spec: instanceSpec(ec2, region, input),
    reservationId: ec2.world.newId("r-"),
    tags: new Map([["Name", "app-server"]]),
    volumeTags: new Map([["Name", "app-server root"]]),
    now,
  });
}

function makeVolume(
  ec2: Ec2,
  region: Ec2Region,
  { zone, now, tags }: { zone: string; now: number; tags: Readonly<Record<string, string>> },
): Volume {
  return createVolume(ec2, {
    region,
    input: { AvailabilityZone: zone, Size: DATA_GIB, VolumeType: "gp3" },
    tags: new Map(Object.entries(tags)),
    principalArn: owner(ec2),
    now,
  });
}

const owner = ({ world }: Ec2) => `arn:aws:iam::${world.account}:root`;
