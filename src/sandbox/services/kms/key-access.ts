import { decide, type Decision } from "../iam/evaluate.ts";
import { parsePolicy, type Statement } from "../iam/policy-document.ts";
import type { Roles } from "../iam/roles.ts";
import type { Key } from "./keys.ts";

/**
 * What a principal needs to let EBS encrypt with a key and read what the key encrypted ("Requirements for EBS encryption",
 * "Permissions for IAM users"). EBS calls KMS on the principal's behalf.
 */
const NEEDED_BY_EBS = [
  "kms:CreateGrant",
  "kms:DescribeKey",
  "kms:Decrypt",
  "kms:GenerateDataKeyWithoutPlaintext",
] as const;

/** Why the principal may not use the key through EBS; undefined when it may. */
export function whyForbidden(roles: Roles, key: Key, principalArn: string): string | undefined {
  if (key.manager === "AWS") return undefined;
  const forbidden = NEEDED_BY_EBS.filter((action) => !mayUse(roles, key, { principalArn, action }));
  return forbidden.length === 0 ? undefined : `${principalArn} may not ${forbidden.join(", ")} on ${key.arn}`;
}

/** Whether a key policy, alone or together with what it delegates to IAM, allows the principal an action. */
export function mayUse(
  roles: Roles,
  key: Key,
  { principalArn, action }: { principalArn: string; action: string },
): boolean {
  const account = key.arn.split(":")[4]!;
  const role = roles.find(principalArn);
  const names = [principalArn, ...(role ? [role.arn] : [])];
  const context = contextOf(key, role?.arn ?? principalArn);
  const ask = (principals: readonly string[]): Decision =>
    decide(parsePolicy(key.policy).filter(isFor(principals)), { action, resource: key.arn, context });
  const direct = ask([...names, "*"]);
  if (direct === "deny") return false;
  if (direct === "allow") return !role || !roles.denies(role.arn, { action, resource: key.arn, context });
  if (ask([`arn:aws:iam::${account}:root`, account]) !== "allow") return false;
  // The operator is the account's administrator; roles need a policy of their own.
  return role
    ? roles.allows(role.arn, action, key.arn, context)
    : principalArn.includes(":user/") || principalArn.endsWith(":root");
}

function isFor(principals: readonly string[]): (statement: Statement) => boolean {
  return ({ principals: named = [] }) => named.some((one) => principals.includes(one));
}

function contextOf(key: Key, principalArn: string): Record<string, string> {
  return {
    "kms:GrantIsForAWSResource": "true",
    "kms:ViaService": `ec2.${key.region}.amazonaws.com`,
    "kms:CallerAccount": key.arn.split(":")[4]!,
    "aws:PrincipalArn": principalArn,
    "aws:PrincipalAccount": key.arn.split(":")[4]!,
  };
}
