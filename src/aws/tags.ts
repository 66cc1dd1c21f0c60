import type { ResourceType, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import type { Tags } from "../engine/tags.ts";

/** Tags as EC2's create calls take them, for each type of resource that the call makes. */
export function tagSpecifications(tags: Tags, ...types: readonly ResourceType[]): TagSpecification[] {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return types.map((type) => ({ ResourceType: type, Tags: list }));
}

export function tagsOf(list: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}
