import type { Filter, Volume } from "@aws-sdk/client-ec2";
import type { Seen, WatchKind } from "../watch.ts";
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
