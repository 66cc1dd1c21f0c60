import type * as Iam from "@aws-sdk/client-iam";
import { AwsError, type Handlers } from "../../service.ts";
import { AWS_MANAGED_POLICIES } from "./aws-managed-policies.ts";
import { checkName, existing, noSuchEntity } from "./identities.ts";
import { parsePolicy } from "./policy-document.ts";
import type { Roles } from "./roles.ts";

/** What hangs on roles: inline policies and attachments of managed ones. */
export function rolePolicyHandlers(account: Roles): Handlers<typeof Iam> {
  const find = (name: string | undefined) => existing(account.roles, "role", name!);
  return {
    PutRolePolicy: (input) => {
      parsePolicy(input.PolicyDocument!);
      find(input.RoleName).inlinePolicies.set(checkName(input.PolicyName!, 128), input.PolicyDocument!);
      return {};
    },
    GetRolePolicy: (input) => {
      const document = existing(find(input.RoleName).inlinePolicies, "role policy", input.PolicyName!);
      return { RoleName: input.RoleName, PolicyName: input.PolicyName, PolicyDocument: encodeURIComponent(document) };
    },
    DeleteRolePolicy: (input) => {
      const { inlinePolicies } = find(input.RoleName);
      existing(inlinePolicies, "role policy", input.PolicyName!);
      inlinePolicies.delete(input.PolicyName!);
      return {};
    },
    ListRolePolicies: (input) => ({ PolicyNames: [...find(input.RoleName).inlinePolicies.keys()], IsTruncated: false }),
    AttachRolePolicy: (input) => {
      const role = find(input.RoleName);
      checkAttachable(account, input.PolicyArn!);
      role.attachedPolicies.add(input.PolicyArn!);
      return {};
    },
    DetachRolePolicy: (input) => {
      const removed = find(input.RoleName).attachedPolicies.delete(input.PolicyArn!);
      if (!removed) throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
      return {};
    },
    ListAttachedRolePolicies: (input) => ({
      AttachedPolicies: [...find(input.RoleName).attachedPolicies].map((arn) => ({
        PolicyArn: arn,
        PolicyName: arn.split("/").at(-1),
      })),
      IsTruncated: false,
    }),
  };
}

function checkAttachable({ policies }: Roles, arn: string): void {
  if (policies.has(arn) || AWS_MANAGED_POLICIES.has(arn)) return;
  if (arn.startsWith("arn:aws:iam::aws:policy/")) {
    throw new AwsError("NotImplemented", `The AWS managed policy ${arn} is not known to the gameday sandbox`, 501);
  }
  throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
}
