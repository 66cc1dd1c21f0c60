import type { IAM, Role } from "@aws-sdk/client-iam";
import pLimit from "p-limit";
import { isNotFound } from "../aws/error-codes.ts";
import type { ResourceKind, SweepPlace, TaggedResource } from "../engine/resource-kind.ts";
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
  ],
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
  const list = await allPages((Marker) => iam.listRoleTags({ RoleName: id, ...(Marker ? { Marker } : {}) }), {
    items: ({ Tags }) => Tags,
    next: ({ Marker }) => Marker,
  }).catch((error: unknown) => {
    if (isNotFound(error)) return [];
    throw error;
  });
  const tags = Object.fromEntries(list.map(({ Key = "", Value = "" }) => [Key, Value]));
  if (!carriesRunTag(tags, place)) return undefined;
  return { id, region: place.region, tags, ...(one.CreateDate ? { createdAt: one.CreateDate.getTime() } : {}) };
}

/** IAM refuses to delete a role that has policies. Inline ones exist in it alone; attached ones stay. */
async function strip(iam: IAM, name: string): Promise<void> {
  const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName: name });
  for (const PolicyName of PolicyNames) await iam.deleteRolePolicy({ RoleName: name, PolicyName });
  const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies({ RoleName: name });
  for (const { PolicyArn } of AttachedPolicies) {
    if (PolicyArn !== undefined) await iam.detachRolePolicy({ RoleName: name, PolicyArn });
  }
}
