import type { Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { AwsError } from "../../service.ts";
import type { Resource } from "./model.ts";

const MOST_TAGS = 50;

/** The tags of the specification for `resourceType`, checked. */
export function tagsFor(specifications: readonly TagSpecification[] | undefined, resourceType: string) {
  const tags = new Map<string, string>();
  for (const { ResourceType, Tags } of specifications ?? [])
    if (ResourceType === resourceType) addTags(tags, Tags ?? []);
  return tags;
}

/** Refuses tag specifications for anything but the resource types that the call creates. */
export function checkTaggable(specifications: readonly TagSpecification[] | undefined, types: readonly string[]): void {
  for (const { ResourceType } of specifications ?? []) {
    if (ResourceType && types.includes(ResourceType)) continue;
    throw new AwsError(
      "InvalidParameterValue",
      `'${ResourceType}' is not a valid taggable resource type for this operation.`,
    );
  }
}

/** Adds or overwrites tags as CreateTags does. */
export function addTags(tags: Map<string, string>, added: readonly Tag[]): void {
  for (const { Key: key, Value: value = "" } of added) {
    if (!key || key.length > 127 || value.length > 255) {
      throw new AwsError("InvalidParameterValue", `Tag key or value is empty or too long: '${key ?? ""}'`);
    }
    if (/^aws:/i.test(key)) {
      throw new AwsError("InvalidParameterValue", `Tag keys starting with 'aws:' are reserved for internal use`);
    }
    tags.set(key, value);
  }
  if ([...tags.keys()].filter((key) => !key.startsWith("aws:")).length > MOST_TAGS) {
    throw new AwsError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
  }
}

export function tagList({ tags }: Resource): Tag[] {
  return Array.from(tags, ([Key, Value]) => ({ Key, Value }));
}
