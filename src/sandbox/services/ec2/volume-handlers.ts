import type { Ec2 } from "./ec2.ts";
import { attachVolume, detachVolume } from "./attachment-life.ts";
import { matcher } from "./filters.ts";
import { required, type Ec2Handlers } from "./handlers.ts";
import { rememberToken, replayOf } from "./idempotency.ts";
import { page, refuseIdsWithPages } from "./pages.ts";
import { checkTaggable, tagsFor } from "./tags.ts";
import { createVolume, deleteVolume } from "./volume-life.ts";
import { describedAttachment, describedVolume, VOLUME_FILTERS } from "./volume-shape.ts";
import { describedStatus, VOLUME_STATUS_FILTERS } from "./volume-status.ts";

export function volumeHandlers(ec2: Ec2): Ec2Handlers {
  return {
    CreateVolume: (input, at) => {
      const region = ec2.region(at.region);
      const use = { region, scope: "CreateVolume", token: input.ClientToken, input };
      const [replayed] = replayOf(use) ?? [];
      if (replayed !== undefined) return describedVolume(region.volumes.get(replayed));
      checkTaggable(input.TagSpecifications, ["volume"]);
      const tags = tagsFor(input.TagSpecifications, "volume");
      const volume = createVolume(ec2, { region, input, tags, principalArn: at.principalArn, now: at.now });
      rememberToken(use, [volume.id]);
      return describedVolume(volume);
    },
    DeleteVolume: ({ VolumeId }, at) => {
      const region = ec2.region(at.region);
      deleteVolume(ec2, region, region.volumes.get(required(VolumeId, "volumeId")), at.now);
      return {};
    },
    DescribeVolumes: (input, at) => {
      const { volumes } = ec2.region(at.region);
      refuseIdsWithPages(input.VolumeIds, input, "volumeSet");
      const matches = matcher(input.Filters, VOLUME_FILTERS);
      if (input.VolumeIds?.length) {
        return { Volumes: volumes.getAll(input.VolumeIds).filter(matches).map(describedVolume) };
      }
      const { items, NextToken } = page(volumes, matches, input);
      return { Volumes: items.map(describedVolume), NextToken };
    },
    DescribeVolumeStatus: (input, at) => {
      const { volumes } = ec2.region(at.region);
      refuseIdsWithPages(input.VolumeIds, input, "volumeSet");
      const matches = matcher(input.Filters, VOLUME_STATUS_FILTERS);
      const { items, NextToken } = input.VolumeIds?.length
        ? { items: volumes.getAll(input.VolumeIds).filter(matches), NextToken: undefined }
        : page(volumes, matches, input);
      return { VolumeStatuses: items.map((volume) => describedStatus(volume, at.now)), NextToken };
    },
    DescribeVolumesModifications: () => ({ VolumesModifications: [] }),
    AttachVolume: (input, at) => {
      const region = ec2.region(at.region);
      const volume = region.volumes.get(required(input.VolumeId, "volumeId"));
      const instance = region.instances.get(required(input.InstanceId, "instanceId"));
      const device = required(input.Device, "device");
      const { principalArn, now } = at;
      return describedAttachment(volume, attachVolume(ec2, { region, volume, instance, device, principalArn, now }));
    },
    DetachVolume: (input, at) => {
      const region = ec2.region(at.region);
      const volume = region.volumes.get(required(input.VolumeId, "volumeId"));
      const { InstanceId: instanceId, Device: device, Force: force = false } = input;
      const attachment = detachVolume(ec2, { region, volume, instanceId, device, force, now: at.now });
      return describedAttachment(volume, attachment);
    },
  };
}
