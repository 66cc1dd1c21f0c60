import type { Filter, Volume, VolumeStatusItem } from "@aws-sdk/client-ec2";
import type { Seen, WatchKind } from "../watch.ts";
import { describeNamed } from "./named.ts";
import { allPages, isoOf, manyById, pageAt, type Look } from "./look.ts";

/** Volumes that pass the filters, every page of them: EC2 may answer with a page that is short or empty, and go on. */
export async function volumesWith(
  { aws, region }: Pick<Look, "aws" | "region">,
  filters: readonly Filter[],
): Promise<Volume[]> {
  const ec2 = await aws.ec2(region);
  return allPages((token) => ec2.describeVolumes({ Filters: [...filters], ...pageAt(token) }), {
    items: ({ Volumes }) => Volumes,
    next: ({ NextToken }) => NextToken,
  });
}

export function volumeKind(look: Look): WatchKind<Volume> {
  return {
    async describe(ids) {
      const find = (filters: readonly Filter[]) => volumesWith(look, filters);
      const found = await manyById(look, { ids, filter: "volume-id", find, idOf: (one) => one.VolumeId });
      return new Map(found.map((volume) => [volume.VolumeId ?? "", seenVolume(volume)]));
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
