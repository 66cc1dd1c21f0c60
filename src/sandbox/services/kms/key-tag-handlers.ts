import type * as Kms from "@aws-sdk/client-kms";
import { AwsError, type Handlers } from "../../service.ts";
import { changeableKey, findKey } from "./key-lookup.ts";
import type { Key, Keys } from "./keys.ts";

/** Tags of keys. */
export function keyTagHandlers(keys: Keys): Handlers<typeof Kms> {
  return {
    TagResource: (input, at) => {
      putTags(changeableKey(keys, at, input.KeyId), input.Tags);
      return {};
    },
    UntagResource: (input, at) => {
      const { tags } = changeableKey(keys, at, input.KeyId);
      for (const key of input.TagKeys!) tags.delete(key);
      return {};
    },
    ListResourceTags: (input, at) => ({
      Tags: Array.from(findKey(keys, at, input.KeyId).tags, ([TagKey, TagValue]) => ({ TagKey, TagValue })),
      Truncated: false,
    }),
  };
}

export function putTags({ tags }: Key, input: readonly Kms.Tag[] | undefined): void {
  for (const { TagKey: key, TagValue: value } of input ?? []) {
    if (/^aws:/i.test(key!))
      throw new AwsError("TagException", "aws: prefixed tag key names are not allowed for external use.");
    tags.set(key!, value!);
  }
}
