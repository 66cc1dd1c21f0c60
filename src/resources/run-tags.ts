import type { Filter, Tag } from "@aws-sdk/client-ec2";
import { tagsOf } from "../aws/tags.ts";
import { allPages } from "../aws/watch/kinds/look.ts";
import type { Permission } from "../engine/permission.ts";
import type { LedgerEntry, SweepPlace, TaggedResource } from "../engine/resource-kind.ts";
import { RUN_TAG, type Tags } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";

export { allPages };

/** The filter of EC2's Describe calls. Its values are patterns; a run id holds nothing that would be one. */
export function runTagFilter({ runId }: SweepPlace): Filter {
  if (runId === undefined) return { Name: "tag-key", Values: [RUN_TAG] };
  return { Name: `tag:${RUN_TAG}`, Values: [runId.replace(/[*?\\]/g, "\\$&")] };
}

interface Shown {
  readonly id: string | undefined;
  readonly Tags: readonly Tag[] | undefined;
  readonly at: Date | undefined;
}

/** What was listed, as a sweep shows it. The filter's word is not taken for it: only the very tag counts. */
export function tagged<T>(place: SweepPlace, items: readonly T[], show: (item: T) => Shown): readonly TaggedResource[] {
  return items.flatMap((item) => {
    const { id, Tags, at } = show(item);
    const tags = tagsOf(Tags);
    if (id === undefined || !carriesRunTag(tags, place)) return [];
    return [{ id, region: place.region, tags, ...(at ? { createdAt: at.getTime() } : {}) }];
  });
}

export function carriesRunTag(tags: Tags, { runId }: SweepPlace): boolean {
  return Object.hasOwn(tags, RUN_TAG) && (runId === undefined || tags[RUN_TAG] === runId);
}

/**
 * The tags that EC2 shows on a resource now; many at once share a call. What was created with tags is never shown without them, but may
 * not be shown at all for a minute.
 */
export async function tagsOnEc2(
  kind: "ec2.volume" | "ec2.instance" | "ec2.snapshot",
  { region, id, state }: LedgerEntry & { readonly id: string },
  { watch }: DrillServices,
): Promise<Tags | undefined> {
  const graceMs = state === "deleting" ? { graceMs: 0 } : {};
  const { seen } = await watch.until({ region, kind, id, ...graceMs, judge: () => "done" });
  return seen && tagsOf(seen.Tags);
}

/** Adds tags to an EC2 resource. */
export async function tagOnEc2(
  entry: LedgerEntry & { readonly id: string },
  tags: Tags,
  { aws }: DrillServices,
): Promise<void> {
  const ec2 = await aws.ec2(entry.region);
  await ec2.createTags({ Resources: [entry.id], Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });
}

/** To tag what a run of gameday has made, and nothing else. */
export function expiryTagging(arn: string): Permission {
  return { actions: ["ec2:CreateTags"], resources: [arn], tagged: "on-run-resource" };
}
