import type { LifecyclePolicy } from "@aws-sdk/client-dlm";
import { isNotFound } from "../../error-codes.ts";
import type { Seen, WatchKind } from "../watch.ts";
import { isoOf, type Look } from "./look.ts";

/** On every snapshot that a policy makes (DLM User Guide, snapshot tags); users cannot set tags that begin with `aws:`. */
export const POLICY_TAG = "aws:dlm:lifecycle-policy-id";

/** The name of the schedule that made it, beside it. */
export const SCHEDULE_TAG = "aws:dlm:lifecycle-schedule-name";

/** DLM has no batched call that says why a policy is in ERROR: one GetLifecyclePolicy each. */
export function policyKind(look: Look): WatchKind<LifecyclePolicy> {
  return {
    async describe(ids) {
      const found = new Map<string, Seen<LifecyclePolicy>>();
      for (const id of ids) {
        const policy = await policyOf(look, id);
        const serviceAt = isoOf(policy?.DateModified);
        const state = policy?.State ?? "unknown";
        if (policy) found.set(id, { seen: policy, state, ...(serviceAt === undefined ? {} : { serviceAt }) });
      }
      return found;
    },
  };
}

export async function policyOf(look: Pick<Look, "aws" | "region">, id: string): Promise<LifecyclePolicy | undefined> {
  const dlm = await look.aws.dlm(look.region);
  try {
    return (await dlm.getLifecyclePolicy({ PolicyId: id })).Policy;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
