import { AwsError } from "../../service.ts";

/** An IAM role as the sandbox keeps it. Documents are kept as they were sent. */
export interface Role {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  trustPolicy: string;
  description: string | undefined;
  maxSessionSeconds: number;
  permissionsBoundary: string | undefined;
  readonly tags: Map<string, string>;
  readonly inlinePolicies: Map<string, string>;
  /** ARNs of managed policies. */
  readonly attachedPolicies: Set<string>;
}

/** A customer managed policy. */
export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly description: string | undefined;
  readonly tags: Map<string, string>;
  readonly versions: Map<string, { readonly document: string; readonly createdAt: number }>;
  defaultVersion: string;
}

export interface InstanceProfile {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly tags: Map<string, string>;
  /** At most one, as in IAM. */
  roleName: string | undefined;
}

/** The entry of that name, or the error that IAM answers. `kind` as IAM's messages word it: `role`, `Instance Profile`. */
export function existing<T>(entries: ReadonlyMap<string, T>, kind: string, name: string): T {
  const entry = entries.get(name);
  if (!entry) throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`);
  return entry;
}

export function refuseDuplicate(entries: ReadonlyMap<string, unknown>, kind: string, name: string): void {
  if (entries.has(name)) throw new AwsError("EntityAlreadyExists", `${kind} with name ${name} already exists.`, 409);
}

export function checkName(name: string, longest: number): string {
  if (/^[\w+=,.@-]+$/.test(name) && name.length <= longest) return name;
  throw new AwsError(
    "ValidationError",
    `The specified value for the name is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- and have at most ${longest} characters`,
  );
}

export function noSuchEntity(message: string): AwsError {
  return new AwsError("NoSuchEntity", message, 404);
}

export function deleteConflict(message: string): AwsError {
  return new AwsError("DeleteConflict", message, 409);
}
