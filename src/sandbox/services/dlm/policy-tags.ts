import { invalid } from "./policy-validation.ts";

/** A request's tags, or the error for a key that users cannot set. */
export function checkPolicyTags(tags: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  if (Object.keys(tags ?? {}).some((key) => /^aws:/i.test(key)))
    throw invalid("Tag keys that begin with aws: are reserved");
  return tags ?? {};
}

export function changeTags(tags: Map<string, string>, added: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(added)) tags.set(key, value);
}
