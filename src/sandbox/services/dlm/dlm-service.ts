import type * as Dlm from "@aws-sdk/client-dlm";
import { defineService, type SandboxService } from "../../gateway/sandbox-service.ts";
import { restJson } from "../../protocols/rest-json.ts";
import { AwsError, type Handlers, type RequestContext } from "../../service.ts";
import type { LifecycleManager } from "./lifecycle-manager.ts";
import type { LifecyclePolicy } from "./lifecycle-policy.ts";
import { checkDetails, invalid, notImplemented } from "./policy-validation.ts";
import { changeTags, checkPolicyTags } from "./policy-tags.ts";
import { planRuns } from "./run-schedule.ts";
import { describe, summarize } from "./policy-view.ts";

const MOST_POLICIES = 100;

/** DLM: lifecycle policies that really run. */
export function dlmService(manager: LifecycleManager): SandboxService<object> {
  return defineService<typeof Dlm>({
    name: "dlm",
    signingNames: ["dlm"],
    protocols: [restJson()],
    loadSchemas: () => import("@aws-sdk/client-dlm"),
    handlers: { ...policyHandlers(manager), ...tagHandlers(manager) },
    inventory: () =>
      Array.from(manager.policies.values(), ({ region, id, state, tags }) => ({
        region,
        type: "dlm.policy",
        id,
        state,
        tags: Object.fromEntries(tags),
      })),
  });
}

function policyHandlers(manager: LifecycleManager): Handlers<typeof Dlm> {
  return {
    CreateLifecyclePolicy: (input, at) => {
      if (input.DefaultPolicy) throw notImplemented("default policies");
      const inRegion = [...manager.policies.values()].filter(({ region }) => region === at.region);
      if (inRegion.length >= MOST_POLICIES) {
        throw new AwsError("LimitExceededException", "You have reached the limit of lifecycle policies", 429, {
          ResourceType: "policy",
        });
      }
      checkDescription(input.Description!);
      const state = settableState(input.State!);
      if (!input.PolicyDetails) throw invalid("PolicyDetails is required", ["PolicyDetails"]);
      checkDetails(input.PolicyDetails, at.region);
      checkRole(manager, input.ExecutionRoleArn!);
      const policy = newPolicy(input, input.PolicyDetails, { at, state });
      manager.policies.set(policy.id, policy);
      planRuns(manager, policy, at.now);
      manager.record(policy, { at: at.now, state: policy.state });
      return { PolicyId: policy.id };
    },
    GetLifecyclePolicy: (input, at) => ({ Policy: describe(find(manager, at, input.PolicyId!)) }),
    GetLifecyclePolicies: (input, at) => ({ Policies: matching(manager, at, input).map(summarize) }),
    UpdateLifecyclePolicy: (input, at) => {
      update(manager, find(manager, at, input.PolicyId!), { input, at });
      return {};
    },
    DeleteLifecyclePolicy: (input, at) => {
      const policy = find(manager, at, input.PolicyId!);
      manager.policies.delete(policy.id);
      manager.record(policy, { at: at.now, state: "deleted" });
      return {};
    },
  };
}

function tagHandlers(manager: LifecycleManager): Handlers<typeof Dlm> {
  const tagsOf = (at: RequestContext, arn: string) => find(manager, at, arn.split("/").at(-1)!).tags;
  return {
    TagResource: (input, at) => {
      changeTags(tagsOf(at, input.ResourceArn!), checkPolicyTags(input.Tags));
      return {};
    },
    UntagResource: (input, at) => {
      const tags = tagsOf(at, input.ResourceArn!);
      for (const key of input.TagKeys!) tags.delete(key);
      return {};
    },
    ListTagsForResource: (input, at) => ({ Tags: Object.fromEntries(tagsOf(at, input.ResourceArn!)) }),
  };
}

function newPolicy(
  input: Dlm.CreateLifecyclePolicyCommandInput,
  details: Dlm.PolicyDetails,
  { at, state }: { at: RequestContext; state: "ENABLED" | "DISABLED" },
): LifecyclePolicy {
  const id = at.world.newId("policy-");
  return {
    id,
    arn: `arn:aws:dlm:${at.region}:${at.account}:policy/${id}`,
    region: at.region,
    createdAt: at.now,
    modifiedAt: at.now,
    description: input.Description!,
    state,
    statusMessage: state,
    roleArn: input.ExecutionRoleArn!,
    details: { PolicyType: "EBS_SNAPSHOT_MANAGEMENT", ResourceLocations: ["CLOUD"], ...details },
    tags: new Map(Object.entries(checkPolicyTags(input.Tags))),
    generation: 0,
    made: [],
  };
}

function update(
  manager: LifecycleManager,
  policy: LifecyclePolicy,
  { input, at }: { input: Dlm.UpdateLifecyclePolicyCommandInput; at: RequestContext },
): void {
  if (input.Description !== undefined) checkDescription(input.Description);
  if (input.PolicyDetails) checkDetails(input.PolicyDetails, at.region);
  if (input.ExecutionRoleArn !== undefined) checkRole(manager, input.ExecutionRoleArn);
  const state = input.State === undefined ? policy.state : settableState(input.State);
  policy.description = input.Description ?? policy.description;
  policy.details = { ...policy.details, ...input.PolicyDetails };
  policy.roleArn = input.ExecutionRoleArn ?? policy.roleArn;
  if (state !== policy.state) policy.statusMessage = state;
  policy.state = state;
  policy.modifiedAt = at.now;
  planRuns(manager, policy, at.now);
  manager.record(policy, { at: at.now, state: policy.state });
}

function find(manager: LifecycleManager, at: RequestContext, id: string): LifecyclePolicy {
  const policy = manager.policies.get(id);
  if (policy?.region === at.region) return policy;
  throw new AwsError("ResourceNotFoundException", `The policy ${id} does not exist.`, 404, {
    Code: "RESOURCE_NOT_FOUND",
    ResourceType: "policy",
    ResourceIds: [id],
  });
}

function matching(
  manager: LifecycleManager,
  at: RequestContext,
  filter: Dlm.GetLifecyclePoliciesCommandInput,
): LifecyclePolicy[] {
  const { PolicyIds: ids = [], State: state, TargetTags: targetTags = [] } = filter;
  return [...manager.policies.values()].filter(
    (policy) =>
      policy.region === at.region &&
      (ids.length === 0 || ids.includes(policy.id)) &&
      (state === undefined || policy.state === state) &&
      targetTags.every((tag) =>
        (policy.details.TargetTags ?? []).some(({ Key: key, Value: value }) => `${key}=${value}` === tag),
      ),
  );
}

function settableState(state: string): "ENABLED" | "DISABLED" {
  if (state === "ENABLED" || state === "DISABLED") return state;
  throw invalid(`State must be ENABLED or DISABLED, not ${state.slice(0, 50)}`);
}

function checkDescription(description: string): void {
  if (!/^[0-9A-Za-z _-]{1,500}$/.test(description)) {
    throw invalid("Description must have 1 to 500 letters, digits, spaces, underscores and hyphens");
  }
}

/** DLM tries the role before it accepts a policy. */
function checkRole(manager: LifecycleManager, roleArn: string): void {
  if (!/^arn:aws:iam::\d{12}:role\/.+$/.test(roleArn))
    throw invalid(`${roleArn.slice(0, 200)} is not the ARN of a role`);
  if (!manager.roles.trusts(roleArn, "dlm.amazonaws.com")) {
    throw invalid(`The role ${roleArn} does not exist or cannot be assumed by dlm.amazonaws.com`);
  }
}
