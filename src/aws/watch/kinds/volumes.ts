import type { Volume, VolumeStatusItem } from "@aws-sdk/client-ec2";
import type { Seen, WatchKind } from "../watch.ts";
import { describeNamed } from "./named.ts";
import { allPages, chunks, isoOf, PAGE_SIZE, VALUES_PER_FILTER, type Look } from "./look.ts";

export function volumeKind(look: Look): WatchKind<Volume> {
  return {
    async describe(ids) {
      const ec2 = await look.aws.ec2(look.region);
      const found = new Map<string, Seen<Volume>>();
      for (const values of chunks(ids, VALUES_PER_FILTER)) {
        const volumes = await allPages(
          (token) =>
            ec2.describeVolumes({
              Filters: [{ Name: "volume-id", Values: values }],
              MaxResults: PAGE_SIZE,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
          { items: (page) => page.Volumes, next: (page) => page.NextToken },
        );
        for (const volume of volumes) found.set(volume.VolumeId ?? "", seenVolume(volume));
      }
      return found;
    },
  };
}

/** The state with the attachment's, because `in-use` says nothing about whether the attachment is usable yet. */
function seenVolume(volume: Volume): Seen<Volume> {
  const attachment = volume.Attachments?.[0];
  const state = volume.State ?? "unknown";
  const serviceAt = isoOf(attachment?.AttachTime ?? volume.CreateTime);
  return {
    seen: volume,
    state: attachment?.State && attachment.State !== "detached" ? `${state}/${attachment.State}` : state,
    ...(serviceAt === undefined ? {} : { serviceAt }),
  };
}

export function volumeStatusKind(look: Look): WatchKind<VolumeStatusItem> {
  return {
    async describe(ids) {
      const ec2 = await look.aws.ec2(look.region);
      const items = await describeNamed(
        ids,
        async (some) => (await ec2.describeVolumeStatus({ VolumeIds: some })).VolumeStatuses,
      );
      return new Map(items.map((item) => [item.VolumeId ?? "", seenStatus(item, look)]));
    },
  };
}

function seenStatus(item: VolumeStatusItem, { clock }: Look): Seen<VolumeStatusItem> {
  const { Progress: percent, EstimatedTimeToCompleteInSeconds: seconds } = item.InitializationStatusDetails ?? {};
  return {
    seen: item,
    state: item.VolumeStatus?.Status ?? "unknown",
    ...(percent === undefined ? {} : { progress: percent / 100 }),
    ...(seconds ? { expectedAt: clock.now() + seconds * 1000 } : {}),
  };
}
