import type { LifecyclePolicy } from "@aws-sdk/client-dlm";
import { isNotFound } from "../aws/error-codes.ts";
import type { LedgerEntry, ResourceKind } from "../engine/resource-kind.ts";
import type { Tags } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { policySnapshots } from "./policy-snapshots.ts";
import { carriesRunTag } from "./run-tags.ts";

/** A DLM policy that a Terraform of the run made and forgot. */
export const lifecyclePolicy: ResourceKind<DrillServices> = {
  kind: "dlm.policy",
  idempotentCreate: false,
  tier: 4,
  permissions: [
    { actions: ["dlm:GetLifecyclePolicies", "dlm:GetLifecyclePolicy"] },
    {
      actions: ["dlm:DeleteLifecyclePolicy", "dlm:TagResource"],
      resources: ["arn:aws:dlm:*:{account}:policy/*"],
      tagged: "on-run-resource",
    },
  ],
  ownership: { by: "tags", tagsOf: async (entry, services) => (await lookAt(entry, services))?.Tags },
  sweep: {
    madeBy: ["terraform.stack"],
    async list(place, { aws }) {
      const dlm = await aws.dlm(place.region);
      const { Policies = [] } = await dlm.getLifecyclePolicies({});
      return Policies.flatMap(({ PolicyId: id, Tags: tags = {} }) =>
        id !== undefined && carriesRunTag(tags, place) ? [{ id, region: place.region, tags }] : [],
      );
    },
  },

  makes: policySnapshots,

  /** Made by Terraform only: without an id there is nothing to look for. */
  find: async () => undefined,

  async destroy(entry, { aws }) {
    const dlm = await aws.dlm(entry.region);
    await dlm.deleteLifecyclePolicy({ PolicyId: entry.id }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  },

  isGone: async (entry, services) => (await lookAt(entry, services)) === undefined,

  async tag(entry, tags, { aws }) {
    const dlm = await aws.dlm(entry.region);
    const { Policy } = await dlm.getLifecyclePolicy({ PolicyId: entry.id });
    await dlm.tagResource({ ResourceArn: Policy?.PolicyArn ?? "", Tags: { ...tags } });
  },
};

/** A policy as it is now, always with its tags; undefined when there is none. */
async function lookAt(
  { region, id }: LedgerEntry & { readonly id: string },
  { aws }: DrillServices,
): Promise<(LifecyclePolicy & { readonly Tags: Tags }) | undefined> {
  const dlm = await aws.dlm(region);
  try {
    const { Policy } = await dlm.getLifecyclePolicy({ PolicyId: id });
    return Policy && { ...Policy, Tags: Policy.Tags ?? {} };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
