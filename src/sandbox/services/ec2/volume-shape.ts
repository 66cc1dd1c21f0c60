import type { Volume as VolumeShape, VolumeAttachment } from "@aws-sdk/client-ec2";
import { isoInstant } from "../../../time/clock.ts";
import type { FilterTable } from "./filters.ts";
import type { Attachment, Volume } from "./model.ts";
import { tagList } from "./tags.ts";

export function describedVolume(volume: Volume): VolumeShape {
  return {
    VolumeId: volume.id,
    State: volume.state,
    Size: volume.sizeGib,
    VolumeType: volume.type,
    Iops: volume.iops,
    Throughput: volume.throughput,
    SnapshotId: volume.snapshotId,
    AvailabilityZone: volume.zone.name,
    AvailabilityZoneId: volume.zone.id,
    CreateTime: new Date(volume.createdAt),
    Encrypted: volume.encrypted,
    KmsKeyId: volume.kmsKeyArn,
    VolumeInitializationRate: volume.initializationRate,
    MultiAttachEnabled: false,
    FastRestored: volume.snapshotId === "" ? undefined : false,
    Attachments: volume.attachment ? [describedAttachment(volume, volume.attachment)] : [],
    Tags: tagList(volume),
    Operator: { Managed: false },
  };
}

export function describedAttachment({ id }: Volume, attachment: Attachment): VolumeAttachment {
  return {
    VolumeId: id,
    InstanceId: attachment.instanceId,
    Device: attachment.device,
    State: attachment.state,
    AttachTime: new Date(attachment.attachedAt),
    DeleteOnTermination: attachment.deleteOnTermination,
  };
}

export const VOLUME_FILTERS: FilterTable<Volume> = {
  "attachment.attach-time": ({ attachment }) => attachment && isoInstant(attachment.attachedAt),
  "attachment.delete-on-termination": ({ attachment }) => attachment?.deleteOnTermination,
  "attachment.device": ({ attachment }) => attachment?.device,
  "attachment.instance-id": ({ attachment }) => attachment?.instanceId,
  "attachment.status": ({ attachment }) => attachment?.state,
  "availability-zone": ({ zone }) => zone.name,
  "availability-zone-id": ({ zone }) => zone.id,
  "create-time": ({ createdAt }) => isoInstant(createdAt),
  encrypted: ({ encrypted }) => encrypted,
  "fast-restored": () => false,
  "multi-attach-enabled": () => false,
  size: ({ sizeGib }) => sizeGib,
  "snapshot-id": ({ snapshotId }) => snapshotId,
  status: ({ state }) => state,
  "volume-id": ({ id }) => id,
  "volume-type": ({ type }) => type,
};
