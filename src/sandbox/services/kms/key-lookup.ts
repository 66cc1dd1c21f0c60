import { AwsError, type RequestContext } from "../../service.ts";
import type { Key, Keys } from "./keys.ts";

/** The key a request names, in any state; throws NotFoundException as KMS words it. */
export function findKey(keys: Keys, at: RequestContext, reference: string | undefined): Key {
  const key = keys.find(at.region, reference!);
  if (key) return key;
  const arn = reference!.startsWith("arn:")
    ? reference!
    : `arn:aws:kms:${at.region}:${at.account}:${aliasOrKey(reference!)}`;
  const what = arn.includes(":alias/") ? "Alias" : "Key";
  throw new AwsError(
    "NotFoundException",
    what === "Alias" ? `Alias ${arn} is not found.` : `${what} '${arn}' does not exist`,
  );
}

/** The key, if it can be changed: one that waits for its deletion cannot. */
export function changeableKey(keys: Keys, at: RequestContext, reference: string | undefined): Key {
  const key = findKey(keys, at, reference);
  if (key.state === "PendingDeletion")
    throw new AwsError("KMSInvalidStateException", `${key.arn} is pending deletion.`);
  return key;
}

function aliasOrKey(reference: string): string {
  return reference.startsWith("alias/") ? reference : `key/${reference}`;
}
