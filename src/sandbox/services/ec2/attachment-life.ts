import { AwsError } from "../../service.ts";
import { drawDuration } from "./durations.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import type { Attachment, Instance, Volume } from "./model.ts";

/** Devices a Nitro instance has room for beside its root volume. */
const MOST_ATTACHMENTS = 27;
/** How often a detachment looks whether the host has unmounted the volume. */
const BUSY_CHECK_MS = 30_000;

export interface AttachRequest {
  readonly region: Ec2Region;
  readonly volume: Volume;
  readonly instance: Instance;
  readonly device: string;
  readonly principalArn: string;
  readonly now: number;
}

/** `attaching`, then `attached` and visible on the host. With a key that cannot be used the volume falls back to `available`. */
export function attachVolume(ec2: Ec2, request: AttachRequest): Attachment {
  const { region, volume, instance, device, now } = request;
  checkAttachable(request);
  const attachment = newAttachment({ instance, device, now, deleteOnTermination: false });
  volume.attachment = attachment;
  ec2.enter({ region, what: "ec2.volume", resource: volume, state: "in-use", at: now });
  logAttachment(ec2, region, volume, { state: "attaching", at: now });
  ec2.world.schedule(now + drawDuration(ec2.world, "attachment"), (at) =>
    finishAttachment(ec2, request, attachment, at),
  );
  return attachment;
}

export function newAttachment(options: {
  readonly instance: { readonly id: string };
  readonly device: string;
  readonly now: number;
  readonly deleteOnTermination: boolean;
}): Attachment {
  const { instance, device, now, deleteOnTermination } = options;
  return { instanceId: instance.id, device, attachedAt: now, deleteOnTermination, state: "attaching" };
}

async function finishAttachment(ec2: Ec2, request: AttachRequest, attachment: Attachment, at: number): Promise<void> {
  const { region, volume, instance, principalArn } = request;
  if (volume.attachment !== attachment || attachment.state !== "attaching") return;
  const cause = volume.kmsKeyArn && ec2.keys.whyUnusable(region.name, volume.kmsKeyArn, principalArn);
  if (cause) {
    logAttachment(ec2, region, volume, { state: "failed", at, cause });
    return release(ec2, region, volume, at);
  }
  await instance.host?.plug(volume.id, volume.disk!.path);
  attachment.state = "attached";
  logAttachment(ec2, region, volume, { state: "attached", at });
}

export interface DetachRequest {
  readonly region: Ec2Region;
  readonly volume: Volume;
  /** Which instance and device it is thought to be at. */
  readonly instanceId: string | undefined;
  readonly device: string | undefined;
  readonly force: boolean;
  readonly now: number;
}

/** `detaching`, then `available`; `busy` in between for as long as the host has the volume mounted, unless forced. */
export function detachVolume(ec2: Ec2, request: DetachRequest): Attachment {
  const { region, volume, now } = request;
  const { attachment, instance } = detachable(request);
  attachment.state = "detaching";
  logAttachment(ec2, region, volume, { state: "detaching", at: now });
  ec2.world.schedule(now + drawDuration(ec2.world, "detachment"), (at) =>
    finishDetachment(ec2, { ...request, instance, attachment, at }),
  );
  return { ...attachment };
}

function detachable({ region, volume, instanceId, device, force }: DetachRequest) {
  const { attachment } = volume;
  if (!attachment) {
    throw new AwsError("IncorrectState", `Volume '${volume.id}' is in the '${volume.state}' state.`);
  }
  if (
    (instanceId ?? attachment.instanceId) !== attachment.instanceId ||
    (device ?? attachment.device) !== attachment.device
  ) {
    throw new AwsError(
      "InvalidAttachment.NotFound",
      `The volume '${volume.id}' is not attached to instance '${instanceId ?? ""}' as device '${device ?? ""}'.`,
    );
  }
  if (attachment.state !== "attached" && !(force && attachment.state === "busy")) {
    throw new AwsError("IncorrectState", `Volume '${volume.id}' is in the '${attachment.state}' attachment state.`);
  }
  const instance = region.instances.find(attachment.instanceId);
  if (instance?.rootVolumeId === volume.id) {
    throw new AwsError(
      "OperationNotPermitted",
      `Unable to detach root volume '${attachment.device}' from instance '${instance.id}'`,
    );
  }
  return { attachment, instance };
}

interface Detachment {
  readonly region: Ec2Region;
  readonly volume: Volume;
  readonly instance: Instance | undefined;
  readonly attachment: Attachment;
  readonly force: boolean;
  readonly at: number;
}

async function finishDetachment(ec2: Ec2, detachment: Detachment): Promise<void> {
  const { region, volume, instance, attachment, force, at } = detachment;
  if (volume.attachment !== attachment) return;
  if (!force && (await instance?.host?.mountedAt(volume.id)) !== undefined) {
    if (attachment.state !== "busy") logAttachment(ec2, region, volume, { state: "busy", at });
    attachment.state = "busy";
    ec2.world.schedule(at + BUSY_CHECK_MS, (later) => finishDetachment(ec2, { ...detachment, at: later }));
    return;
  }
  await instance?.host?.unplug(volume.id);
  release(ec2, region, volume, at);
}

/** Makes a volume `available` again. */
export function release(ec2: Ec2, region: Ec2Region, volume: Volume, at: number): void {
  logAttachment(ec2, region, volume, { state: "detached", at });
  volume.attachment = undefined;
  ec2.enter({ region, what: "ec2.volume", resource: volume, state: "available", at });
}

export function logAttachment(
  ec2: Ec2,
  region: Ec2Region,
  volume: Volume,
  { state, at, cause }: { readonly state: string; readonly at: number; readonly cause?: string },
): void {
  const detail = { instanceId: volume.attachment?.instanceId, ...(cause && { cause }) };
  ec2.log({ region, what: "ec2.attachment", id: volume.id, state, at, detail });
}

/** The volumes attached to an instance, in whatever state. */
export function volumesOf(region: Ec2Region, instance: { readonly id: string }): Volume[] {
  return [...region.volumes].filter(({ attachment }) => attachment?.instanceId === instance.id);
}

function checkAttachable({ region, volume, instance, device }: AttachRequest): void {
  if (volume.attachment) throw new AwsError("VolumeInUse", `${volume.id} is already attached to an instance`);
  if (volume.state !== "available") throw new AwsError("IncorrectState", `${volume.id} is not 'available'.`);
  if (instance.state !== "running") {
    throw new AwsError("IncorrectState", `Instance '${instance.id}' is not 'running'.`);
  }
  if (volume.zone.name !== instance.zone.name) {
    throw new AwsError(
      "InvalidVolume.ZoneMismatch",
      `The volume '${volume.id}' is not in the same availability zone as instance '${instance.id}'`,
    );
  }
  if (!/^(\/dev\/(sd|xvd)[a-z]{1,2}[0-9]{0,2})$/.test(device)) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
    );
  }
  const attached = volumesOf(region, instance);
  if (attached.some(({ attachment }) => attachment!.device === device)) {
    throw new AwsError(
      "InvalidParameterValue",
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    );
  }
  if (attached.length > MOST_ATTACHMENTS) {
    throw new AwsError("AttachmentLimitExceeded", `Instance '${instance.id}' has reached its volume attachment limit.`);
  }
}
