import * as z from "zod";
import type { StepContext } from "../../engine/step-kind.ts";
import { RUN_TAG } from "../../engine/tags.ts";
import { resourcesIn } from "../../terraform/state.ts";
import type { DrillServices } from "../services.ts";

/** What of the provider's `aws_dlm_lifecycle_policy` says which tags its snapshots and copies get. */
const policyShape = z.object({
  policy_details: z.array(
    z.object({
      schedule: z
        .array(
          z.object({
            name: z.string().nullish(),
            tags_to_add: z.record(z.string(), z.string()).nullish(),
            cross_region_copy_rule: z.array(z.object({ copy_tags: z.boolean().nullish() })).nullish(),
          }),
        )
        .nullish(),
    }),
  ),
});

/**
 * A finding for each schedule of a lifecycle policy of the run that does not put the run's tag on what it makes, in every Region: it
 * is found by the policy's mark all the same, but a copy may bear none, and the rights that gameday prints are by tag.
 */
export async function noteUntaggedPolicies(ctx: StepContext<DrillServices>, folder: string): Promise<void> {
  for (const { type, id, attributes } of await resourcesIn(folder)) {
    const policy = type === "aws_dlm_lifecycle_policy" ? policyShape.safeParse(attributes).data : undefined;
    for (const schedule of policy?.policy_details.flatMap((details) => details.schedule ?? []) ?? []) {
      const missing = [
        ...(schedule.tags_to_add?.[RUN_TAG] === ctx.runId ? [] : [`"${RUN_TAG}" = run id in tags_to_add`]),
        ...((schedule.cross_region_copy_rule ?? []).every((rule) => rule.copy_tags)
          ? []
          : ["copy_tags = true in its cross_region_copy_rule"]),
      ];
      if (missing.length > 0) await ctx.finding(untagged({ id, name: schedule.name ?? "", missing }));
    }
  }
}

function untagged(of: { readonly id: string; readonly name: string; readonly missing: readonly string[] }) {
  return {
    code: "policy-makes-untagged",
    severity: "warning",
    message: `what schedule ${JSON.stringify(of.name)} of ${of.id} makes does not carry this run's tag everywhere; it is looked for by the policy's mark, and a copy without one is listed and left alone. Add ${of.missing.join(", and ")}`,
    resourceId: of.id,
  } as const;
}
