import { AwsError } from "../../service.ts";
import { decide } from "../iam/evaluate.ts";
import { parsePolicy } from "../iam/policy-document.ts";
import type { Roles } from "../iam/roles.ts";

const MALFORMED = "MalformedPolicyDocumentException";

export function defaultKeyPolicy(account: string): string {
  const statement = {
    Sid: "Enable IAM User Permissions",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: "kms:*",
    Resource: "*",
  };
  return JSON.stringify({ Version: "2012-10-17", Id: "key-default-1", Statement: [statement] });
}

/**
 * Refuses what KMS refuses: policies it cannot read, principals that do not exist, and, unless told otherwise, policies that
 * would lock the caller out of changing them again.
 */
export function checkKeyPolicy(
  policy: string,
  options: {
    readonly roles: Roles;
    readonly account: string;
    readonly callerArn: string;
    readonly allowLockout: boolean;
  },
): void {
  const statements = parsePolicy(policy, MALFORMED);
  const named = statements.flatMap(({ principals = [] }) => principals);
  const roleArn = new RegExp(`^arn:aws:iam::${options.account}:role/`);
  if (named.some((principal) => roleArn.test(principal) && !options.roles.find(principal))) {
    throw new AwsError(MALFORMED, "Policy contains a statement with one or more invalid principals.");
  }
  const keepers = [`arn:aws:iam::${options.account}:root`, options.account, options.callerArn, "*"];
  const forCaller = statements.filter(({ principals = [] }) => principals.some((one) => keepers.includes(one)));
  if (!options.allowLockout && decide(forCaller, { action: "kms:PutKeyPolicy", resource: "*" }) !== "allow") {
    throw new AwsError(MALFORMED, "The new key policy will not allow you to update the key policy in the future.");
  }
}
