import type { World } from "../../world.ts";
import { AWS_MANAGED_POLICIES } from "./aws-managed-policies.ts";
import type { ConditionContext } from "./conditions.ts";
import { decide, type PolicyQuestion } from "./evaluate.ts";
import type { InstanceProfile, ManagedPolicy, Role } from "./identities.ts";
import { parsePolicy, type Statement } from "./policy-document.ts";

/** The account's roles, policies and instance profiles, and what they permit. */
export class Roles {
  readonly world: World;
  readonly roles = new Map<string, Role>();
  /** By ARN. */
  readonly policies = new Map<string, ManagedPolicy>();
  readonly profiles = new Map<string, InstanceProfile>();
  readonly #parsed = new Map<string, readonly Statement[]>();

  constructor(world: World) {
    this.world = world;
  }

  /** The role of a role ARN or of a session's ARN (`assumed-role/<role>/<session>`). */
  find(arn: string): Role | undefined {
    const session = /^arn:aws:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn);
    const name = session?.[1] ?? arn.split("/").at(-1) ?? "";
    const role = this.roles.get(name);
    return role && (session || role.arn === arn) ? role : undefined;
  }

  /** Whether the role exists and its identity policies (and its boundary, if it has one) allow the action on the resource. */
  allows(roleArn: string, action: string, resource: string, context: ConditionContext = {}): boolean {
    const role = this.find(roleArn);
    if (!role) return false;
    const question = { action, resource, context };
    if (decide(this.#identityStatements(role), question) !== "allow") return false;
    if (role.permissionsBoundary === undefined) return true;
    return decide(this.#managed(role.permissionsBoundary), question) === "allow";
  }

  /** Whether an identity policy of the role denies the action outright, which nothing can outweigh. */
  denies(roleArn: string, question: PolicyQuestion): boolean {
    const role = this.find(roleArn);
    return role !== undefined && decide(this.#identityStatements(role), question) === "deny";
  }

  /** Whether the role's trust policy lets the service (`dlm.amazonaws.com`) or principal assume it. */
  trusts(roleArn: string, principal: string): boolean {
    const role = this.find(roleArn);
    if (!role) return false;
    const trusting = this.#parse(role.trustPolicy).filter(({ principals = [] }) =>
      principals.some((one) => one === "*" || one === principal),
    );
    return decide(trusting, { action: "sts:AssumeRole", resource: role.arn }) === "allow";
  }

  #identityStatements(role: Role): readonly Statement[] {
    const inline = [...role.inlinePolicies.values()].flatMap((text) => this.#parse(text));
    return [...inline, ...[...role.attachedPolicies].flatMap((arn) => this.#managed(arn))];
  }

  #managed(arn: string): readonly Statement[] {
    const own = this.policies.get(arn);
    const text = own ? own.versions.get(own.defaultVersion)?.document : AWS_MANAGED_POLICIES.get(arn)?.document;
    return text === undefined ? [] : this.#parse(text);
  }

  #parse(text: string): readonly Statement[] {
    let statements = this.#parsed.get(text);
    if (!statements) this.#parsed.set(text, (statements = parsePolicy(text)));
    return statements;
  }
}
