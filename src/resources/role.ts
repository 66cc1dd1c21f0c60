import type { AttachedPolicy, IAM, InstanceProfile, Role } from "@aws-sdk/client-iam";
import pLimit from "p-limit";
import { isNotFound } from "../aws/error-codes.ts";
import { tagsOf } from "../aws/tags.ts";
import type { ResourceKind, SweepPlace, TaggedResource } from "../engine/resource-kind.ts";
import type { Tags } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { allPages, carriesRunTag } from "./run-tags.ts";

/** IAM lists roles without their tags: so many are asked for theirs at once. */
const CONCURRENCY = 8;
/** Its clock and ours may differ. */
const SLACK_MS = 15 * 60_000;

/** A role that a Terraform of the run made and forgot, with the policies that only exist in it. */
export const role: ResourceKind<DrillServices> = {
  kind: "iam.role",
  idempotentCreate: false,
  tier: 6,
  permissions: [
    {
      actions: [
        "iam:ListRoles",
        "iam:GetRole",
        "iam:ListRoleTags",
        "iam:ListRolePolicies",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
      ],
    },
    {
      actions: ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:TagRole"],
      resources: ["arn:aws:iam::{account}:role/*"],
      tagged: "on-run-resource",
    },
    // A profile that Terraform made and forgot is left, empty: it costs nothing, and has no kind of its own.
    { actions: ["iam:RemoveRoleFromInstanceProfile"], resources: ["arn:aws:iam::{account}:instance-profile/*"] },
  ],
  ownership: {
    by: "tags",
    tagsOf: async (entry, { aws }) => roleTags(await aws.iam(entry.region), entry.id),
  },
  sweep: {
    madeBy: ["terraform.stack"],
    global: true,
    async list(place, { aws }) {
      const iam = await aws.iam(place.region);
      const roles = await allPages((Marker) => iam.listRoles({ MaxItems: 1000, ...(Marker ? { Marker } : {}) }), {
        items: ({ Roles }) => Roles,
        next: ({ Marker }) => Marker,
      });
      const atOnce = pLimit(CONCURRENCY);
      const young = roles.filter((one) => isYoung(one, place));
      const looked = await Promise.all(young.map((one) => atOnce(() => taggedRole(iam, one, place))));
      return looked.filter((found) => found !== undefined);
    },
  },

  /** Made by Terraform only: without an id there is nothing to look for. */
  find: async () => undefined,

  async destroy(entry, { aws }) {
    const iam = await aws.iam(entry.region);
    try {
      await strip(iam, entry.id);
      await iam.deleteRole({ RoleName: entry.id });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  },

  async isGone(entry, { aws }) {
    const iam = await aws.iam(entry.region);
    return iam.getRole({ RoleName: entry.id }).then(
      () => false,
      (error: unknown) => {
        if (isNotFound(error)) return true;
        throw error;
      },
    );
  },

  async tag(entry, tags, { aws }) {
    const iam = await aws.iam(entry.region);
    const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await iam.tagRole({ RoleName: entry.id, Tags: list });
  },
};

/** Of accounts with thousands of roles, only those are asked for their tags that the run can have made. */
function isYoung({ CreateDate }: Role, { since }: SweepPlace): boolean {
  return since === undefined || CreateDate === undefined || CreateDate.getTime() >= since - SLACK_MS;
}

async function taggedRole(iam: IAM, one: Role, place: SweepPlace): Promise<TaggedResource | undefined> {
  const id = one.RoleName ?? "";
  const tags = await roleTags(iam, id);
  if (!tags || !carriesRunTag(tags, place)) return undefined;
  return { id, region: place.region, tags, ...(one.CreateDate ? { createdAt: one.CreateDate.getTime() } : {}) };
}

/** Undefined when there is no such role. */
async function roleTags(iam: IAM, RoleName: string): Promise<Tags | undefined> {
  const list = await allPages((Marker) => iam.listRoleTags({ RoleName, ...(Marker ? { Marker } : {}) }), {
    items: ({ Tags }) => Tags,
    next: ({ Marker }) => Marker,
  }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  return list && tagsOf(list);
}

/**
 * IAM refuses to delete a role that has policies or is in an instance profile (DeleteRole). Inline policies exist in it alone; attached
 * ones and the profile stay.
 */
async function strip(iam: IAM, RoleName: string): Promise<void> {
  for (const PolicyName of await inlinePolicies(iam, RoleName)) await iam.deleteRolePolicy({ RoleName, PolicyName });
  for (const { PolicyArn } of await attachedPolicies(iam, RoleName)) {
    if (PolicyArn !== undefined) await iam.detachRolePolicy({ RoleName, PolicyArn });
  }
  for (const { InstanceProfileName } of await instanceProfiles(iam, RoleName))
    await iam.removeRoleFromInstanceProfile({ RoleName, InstanceProfileName });
}

function inlinePolicies(iam: IAM, RoleName: string): Promise<readonly string[]> {
  return allPages((Marker) => iam.listRolePolicies({ RoleName, ...(Marker ? { Marker } : {}) }), {
    items: ({ PolicyNames }) => PolicyNames,
    next: ({ Marker }) => Marker,
  });
}

function attachedPolicies(iam: IAM, RoleName: string): Promise<readonly AttachedPolicy[]> {
  return allPages((Marker) => iam.listAttachedRolePolicies({ RoleName, ...(Marker ? { Marker } : {}) }), {
    items: ({ AttachedPolicies }) => AttachedPolicies,
    next: ({ Marker }) => Marker,
  });
}

function instanceProfiles(iam: IAM, RoleName: string): Promise<readonly InstanceProfile[]> {
  return allPages((Marker) => iam.listInstanceProfilesForRole({ RoleName, ...(Marker ? { Marker } : {}) }), {
    items: ({ InstanceProfiles }) => InstanceProfiles,
    next: ({ Marker }) => Marker,
  });
}
