import { AwsError } from "../../service.ts";

type TagInput = { readonly Key?: string | undefined; readonly Value?: string | undefined };

/** Adds a request's tags to an entity's. Keys of AWS's own cannot be set by users. */
export function addTags(tags: Map<string, string>, input: readonly TagInput[] | undefined): Map<string, string> {
  for (const { Key: key = "", Value: value = "" } of input ?? []) {
    if (/^aws:/i.test(key))
      throw new AwsError("InvalidInput", "Tag keys beginning with aws: are reserved for system use.");
    tags.set(key, value);
  }
  return tags;
}

export function removeTags(tags: Map<string, string>, keys: readonly string[] | undefined): void {
  for (const key of keys ?? []) tags.delete(key);
}

export function tagList(tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return Array.from(tags, ([Key, Value]) => ({ Key, Value }));
}
