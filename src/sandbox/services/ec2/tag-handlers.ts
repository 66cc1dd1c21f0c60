import type { ResourceType, TagDescription } from "@aws-sdk/client-ec2";
import { AwsError } from "../../service.ts";
import type { Ec2, Ec2Region } from "./ec2.ts";
import { matcher } from "./filters.ts";
import type { Ec2Handlers } from "./handlers.ts";
import type { Resource } from "./model.ts";
import { addTags } from "./tags.ts";

export function tagHandlers(ec2: Ec2): Ec2Handlers {
  return {
    CreateTags: ({ Resources = [], Tags = [] }, at) => {
      for (const { tags } of taggedResources(ec2.region(at.region), Resources)) addTags(tags, Tags);
      return {};
    },
    DeleteTags: ({ Resources = [], Tags }, at) => {
      for (const { tags } of taggedResources(ec2.region(at.region), Resources)) {
        const keys = Tags?.map(({ Key }) => Key!) ?? [...tags.keys()].filter((key) => !key.startsWith("aws:"));
        for (const key of keys) {
          const value = Tags?.find((tag) => tag.Key === key)?.Value;
          if (value === undefined || tags.get(key) === value) tags.delete(key);
        }
      }
      return {};
    },
    DescribeTags: ({ Filters }, at) => {
      const matches = matcher(Filters, TAG_FILTERS);
      return { Tags: allTags(ec2.region(at.region)).filter((tag) => matches(tag)) };
    },
  };
}

function taggedResources(region: Ec2Region, ids: readonly string[]): Resource[] {
  return ids.map((id) => {
    if (id.startsWith("vol-")) return region.volumes.get(id);
    if (id.startsWith("snap-")) return region.snapshots.get(id);
    if (id.startsWith("i-")) return region.instances.get(id);
    throw new AwsError("InvalidID", `The ID '${id}' is not valid`);
  });
}

type TagLine = Required<{ [K in keyof TagDescription]: string }> & { readonly ResourceType: ResourceType };

function allTags({ volumes, snapshots, instances }: Ec2Region): TagLine[] {
  const lines = (ResourceType: ResourceType, resources: Iterable<Resource>) =>
    [...resources].flatMap(({ id, tags }) =>
      Array.from(tags, ([Key, Value]) => ({ ResourceId: id, ResourceType, Key, Value })),
    );
  return [...lines("volume", volumes), ...lines("snapshot", snapshots), ...lines("instance", instances)];
}

const TAG_FILTERS = {
  key: ({ Key }: TagLine) => Key,
  value: ({ Value }: TagLine) => Value,
  "resource-id": ({ ResourceId }: TagLine) => ResourceId,
  "resource-type": ({ ResourceType: type }: TagLine) => type,
};
