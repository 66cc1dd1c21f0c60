import type { KeyMetadata } from "@aws-sdk/client-kms";
import pLimit from "p-limit";
import { awsErrorCode, isNotFound } from "../aws/error-codes.ts";
import type { LedgerEntry, ResourceKind, TaggedResource } from "../engine/resource-kind.ts";
import type { Tags } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { allPages, carriesRunTag } from "./run-tags.ts";

/** KMS lists keys without their tags: so many keys are asked for theirs at once. */
const CONCURRENCY = 8;
/** The shortest that KMS allows (ScheduleKeyDeletion). */
const WAITING_DAYS = 7;
const ENDING: ReadonlySet<string | undefined> = new Set(["PendingDeletion", "PendingReplicaDeletion"]);

/** A customer managed key that a Terraform of the run made and forgot. Gone means that its deletion is scheduled: it cannot be used any more. */
export const key: ResourceKind<DrillServices> = {
  kind: "kms.key",
  idempotentCreate: false,
  tier: 7,
  permissions: [
    { actions: ["kms:ListKeys", "kms:ListResourceTags", "kms:DescribeKey"] },
    {
      actions: ["kms:ScheduleKeyDeletion", "kms:TagResource"],
      resources: ["arn:aws:kms:*:{account}:key/*"],
      tagged: "on-run-resource",
    },
  ],
  ownership: {
    by: "tags",
    async tagsOf(entry, services) {
      const shown = await lookAt(services, entry);
      return shown && !ENDING.has(shown.KeyState) ? tagsOf(services, entry.region, entry.id) : undefined;
    },
  },
  sweep: {
    madeBy: ["terraform.stack"],
    async list(place, services) {
      const kms = await services.aws.kms(place.region);
      const keys = await allPages((Marker) => kms.listKeys({ Limit: 1000, ...(Marker ? { Marker } : {}) }), {
        items: ({ Keys }) => Keys,
        next: ({ NextMarker }) => NextMarker,
      });
      const atOnce = pLimit(CONCURRENCY);
      const looked = keys.map(({ KeyId: id = "" }) =>
        atOnce(async (): Promise<TaggedResource | undefined> => {
          const tags = await tagsOf(services, place.region, id).catch(withoutTags);
          if (!carriesRunTag(tags, place)) return undefined;
          const shown = await lookAt(services, { region: place.region, id });
          if (!shown || ENDING.has(shown.KeyState) || shown.KeyManager === "AWS") return undefined;
          return {
            id,
            region: place.region,
            tags,
            ...(shown.CreationDate ? { createdAt: shown.CreationDate.getTime() } : {}),
          };
        }),
      );
      return (await Promise.all(looked)).filter((found) => found !== undefined);
    },
  },

  /** Made by Terraform only: without an id there is nothing to look for. */
  find: async () => undefined,

  async destroy(entry, services) {
    const kms = await services.aws.kms(entry.region);
    try {
      await kms.scheduleKeyDeletion({ KeyId: entry.id, PendingWindowInDays: WAITING_DAYS });
    } catch (error) {
      if (!isNotFound(error) && !(await key.isGone(entry, services))) throw error;
    }
  },

  async isGone(entry, services) {
    const shown = await lookAt(services, entry);
    return shown === undefined || ENDING.has(shown.KeyState);
  },

  async tag(entry, tags, { aws }) {
    const kms = await aws.kms(entry.region);
    const list = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
    await kms.tagResource({ KeyId: entry.id, Tags: list });
  },
};

/**
 * Of a key that is gone, or whose own policy hides its tags: that is none of ours. Whoever may read no tags at all has not looked.
 * (IAM User Guide, access denied error messages: which policy denies stands in the message.)
 */
function withoutTags(error: unknown): Tags {
  const isHidden = awsErrorCode(error) === "AccessDeniedException" && /resource-based policy/.test(messageOf(error));
  if (isHidden || isNotFound(error)) return {};
  throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

/** Keys of AWS's own, and of whoever keeps theirs to themselves, do not tell their tags: they are not ours. */
export async function keyTags(services: DrillServices, region: string, id: string): Promise<Tags> {
  try {
    return await tagsOf(services, region, id);
  } catch (error) {
    if (isNotFound(error) || awsErrorCode(error) === "AccessDeniedException") return {};
    throw error;
  }
}

async function tagsOf({ aws }: DrillServices, region: string, id: string): Promise<Tags> {
  const kms = await aws.kms(region);
  const tags = await allPages((Marker) => kms.listResourceTags({ KeyId: id, ...(Marker ? { Marker } : {}) }), {
    items: ({ Tags }) => Tags,
    next: ({ NextMarker }) => NextMarker,
  });
  return Object.fromEntries(tags.map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]));
}

async function lookAt(
  { aws }: DrillServices,
  { region, id }: Pick<LedgerEntry, "region"> & { readonly id: string },
): Promise<KeyMetadata | undefined> {
  const kms = await aws.kms(region);
  return kms.describeKey({ KeyId: id }).then(
    ({ KeyMetadata }) => KeyMetadata,
    (error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    },
  );
}
