import type { BlockDeviceMapping, RunInstancesRequest } from "@aws-sdk/client-ec2";
import { join } from "node:path";
import { Host } from "../../hosts/host.ts";
import { AwsError } from "../../service.ts";
import { logAttachment, newAttachment, release, volumesOf } from "./attachment-life.ts";
import { drawDuration } from "./durations.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import type { Instance, Volume } from "./model.ts";
import { encryptionKey, newDisk, newVolume } from "./volume-life.ts";
import { volumeSpec } from "./volume-spec.ts";

export interface Launch {
  readonly region: Ec2Region;
  readonly spec: InstanceSpec;
  readonly input: RunInstancesRequest;
  readonly reservationId: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly volumeTags: ReadonlyMap<string, string>;
  readonly now: number;
}

/** `pending`, then `running`; later its status checks pass and, with an instance profile, its SSM agent comes Online. */
export function launchInstance(ec2: Ec2, launch: Launch): Instance {
  const { region, now } = launch;
  const id = ec2.world.newId("i-");
  const volumes = launch.spec.devices.map((device) => launchVolume(ec2, launch, { id, device }));
  const instance = newInstance(ec2, launch, { id, rootVolumeId: volumes[0]!.id });
  region.instances.add(instance);
  ec2.enter({ region, what: "ec2.instance", resource: instance, state: "pending", at: now });
  ec2.world.schedule(now + drawDuration(ec2.world, "instanceStart"), (at) => start(ec2, region, instance, at));
  return instance;
}

function launchVolume(ec2: Ec2, launch: Launch, { id, device }: { id: string; device: BlockDeviceMapping }): Volume {
  const { region, spec, volumeTags, now } = launch;
  const { Ebs: ebs = {}, DeviceName: name = "" } = device;
  const snapshot = ebs.SnapshotId === undefined ? undefined : region.snapshots.get(ebs.SnapshotId);
  const volume = newVolume(ec2, {
    zone: spec.subnet.zone,
    spec: volumeSpec({ ...ebs, Size: ebs.VolumeSize }, snapshot),
    snapshot,
    key: encryptionKey(ec2, region, {
      encrypted: ebs.Encrypted === true || snapshot?.encrypted === true,
      named: ebs.KmsKeyId,
      inherited: snapshot?.kmsKeyArn,
    }),
    tags: new Map(volumeTags),
    now,
  });
  const deleteOnTermination = ebs.DeleteOnTermination ?? true;
  volume.attachment = newAttachment({ instance: { id }, device: name, now, deleteOnTermination });
  region.volumes.add(volume);
  ec2.enter({ region, what: "ec2.volume", resource: volume, state: "in-use", at: now });
  return volume;
}

async function start(ec2: Ec2, region: Ec2Region, instance: Instance, at: number): Promise<void> {
  if (instance.state !== "pending") return;
  const { world } = ec2;
  instance.host = await Host.create(join(world.folder, "hosts", instance.id), world.clock, {
    allowUnconfined: world.allowUnconfinedScripts,
  });
  for (const volume of volumesOf(region, instance)) {
    const snapshot = region.snapshots.find(volume.snapshotId);
    volume.disk = await newDisk(ec2, volume, snapshot);
    await instance.host.plug(volume.id, volume.disk.path);
    volume.attachment!.state = "attached";
    logAttachment(ec2, region, volume, { state: "attached", at });
  }
  ec2.enter({ region, what: "ec2.instance", resource: instance, state: "running", at });
  world.schedule(at + drawDuration(world, "statusChecks"), (checkedAt) => {
    if (instance.state !== "running") return;
    instance.checkedAt = checkedAt;
    ec2.log({ region, what: "ec2.instance-status", id: instance.id, state: "ok", at: checkedAt });
  });
  world.schedule(at + drawDuration(world, "agentOnline"), (onlineAt) => comeOnline(ec2, region, instance, onlineAt));
}

/** The agent registers with the permissions of its instance profile; without them it never comes Online. */
function comeOnline(ec2: Ec2, region: Ec2Region, instance: Instance, at: number): void {
  if (instance.state !== "running" || !instance.profile || !ec2.mayRegister(instance.profile.arn)) return;
  instance.onlineAt = at;
  ec2.log({ region, what: "ssm.instance", id: instance.id, state: "Online", at });
}

/** `shutting-down`, then `terminated`, and after an hour forgotten. Its volumes go or stay as DeleteOnTermination says. */
export function terminateInstance(ec2: Ec2, region: Ec2Region, instance: Instance, now: number): void {
  if (instance.state === "terminated" || instance.state === "shutting-down") return;
  if (instance.disableApiTermination) {
    throw new AwsError(
      "OperationNotPermitted",
      `The instance '${instance.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
  }
  instance.stateReason = "Client.UserInitiatedShutdown";
  ec2.enter({ region, what: "ec2.instance", resource: instance, state: "shutting-down", at: now });
  ec2.world.schedule(now + drawDuration(ec2.world, "instanceStop"), (at) => finish(ec2, region, instance, at));
}

async function finish(ec2: Ec2, region: Ec2Region, instance: Instance, at: number): Promise<void> {
  const { host } = instance;
  await host?.shutDown();
  for (const volume of volumesOf(region, instance)) {
    if (!volume.attachment!.deleteOnTermination) {
      release(ec2, region, volume, at);
      continue;
    }
    region.volumes.delete(volume.id);
    await volume.disk?.remove();
    ec2.log({ region, what: "ec2.volume", id: volume.id, state: "deleted", at });
  }
  await host?.remove();
  instance.host = undefined;
  instance.onlineAt = undefined;
  ec2.enter({ region, what: "ec2.instance", resource: instance, state: "terminated", at });
  ec2.world.schedule(at + drawDuration(ec2.world, "terminatedVisible"), () => region.instances.delete(instance.id));
}

function newInstance(
  ec2: Ec2,
  { region, spec, input, reservationId, tags, now }: Launch,
  { id, rootVolumeId }: { readonly id: string; readonly rootVolumeId: string },
): Instance {
  return {
    id,
    tags: new Map(tags),
    zone: spec.subnet.zone,
    subnetId: spec.subnet.id,
    imageId: spec.imageId,
    instanceType: spec.instanceType,
    profile: spec.profile,
    reservationId,
    clientToken: input.ClientToken,
    launchedAt: now,
    privateIp: region.network.nextAddress(spec.subnet),
    networkInterfaceId: ec2.world.newId("eni-"),
    securityGroupIds: spec.securityGroupIds,
    httpTokens: input.MetadataOptions?.HttpTokens === "optional" ? "optional" : "required",
    keyName: input.KeyName,
    userData: input.UserData,
    rootVolumeId,
    disableApiTermination: input.DisableApiTermination ?? false,
    state: "pending",
    stateReason: undefined,
    checkedAt: undefined,
    onlineAt: undefined,
    host: undefined,
  };
}
