import type * as Dlm from "@aws-sdk/client-dlm";
import type { LifecyclePolicy } from "./lifecycle-policy.ts";

/** A policy as GetLifecyclePolicy shows it. */
export function describe(policy: LifecyclePolicy): Dlm.LifecyclePolicy {
  return {
    PolicyId: policy.id,
    PolicyArn: policy.arn,
    Description: policy.description,
    State: policy.state,
    StatusMessage: policy.statusMessage,
    ExecutionRoleArn: policy.roleArn,
    DateCreated: new Date(policy.createdAt),
    DateModified: new Date(policy.modifiedAt),
    PolicyDetails: policy.details,
    Tags: Object.fromEntries(policy.tags),
    DefaultPolicy: false,
  };
}

/** A policy as GetLifecyclePolicies lists it. */
export function summarize(policy: LifecyclePolicy): Dlm.LifecyclePolicySummary {
  return {
    PolicyId: policy.id,
    Description: policy.description,
    State: policy.state,
    Tags: Object.fromEntries(policy.tags),
    PolicyType: policy.details.PolicyType,
    DefaultPolicy: false,
  };
}
