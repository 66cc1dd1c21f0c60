import type { World } from "../../world.ts";
import type { Roles } from "../iam/roles.ts";
import type { LifecyclePolicy } from "./lifecycle-policy.ts";
import type { SnapshotMaker } from "./snapshot-maker.ts";

/** What Data Lifecycle Manager knows and works with. What its policies do is in `run-schedule.ts` and the files it uses. */
export class LifecycleManager {
  readonly world: World;
  readonly roles: Roles;
  readonly snapshots: SnapshotMaker;
  readonly policies = new Map<string, LifecyclePolicy>();

  constructor(options: { readonly world: World; readonly roles: Roles; readonly snapshots: SnapshotMaker }) {
    this.world = options.world;
    this.roles = options.roles;
    this.snapshots = options.snapshots;
  }

  /** Whether the policy's role may do something. If it may not, the policy stops in state ERROR. */
  permits(
    policy: LifecyclePolicy,
    { action, resource, now }: { action: string; resource: string; now: number },
  ): boolean {
    const isTrusted = this.roles.trusts(policy.roleArn, "dlm.amazonaws.com");
    if (isTrusted && this.roles.allows(policy.roleArn, action, resource)) return true;
    policy.state = "ERROR";
    policy.statusMessage = "Role provided does not have sufficient permissions";
    policy.modifiedAt = now;
    policy.generation++;
    const cause = isTrusted ? `${policy.roleArn} may not ${action}` : `${policy.roleArn} cannot be assumed`;
    this.record(policy, { at: now, state: "ERROR", detail: { cause } });
    return false;
  }

  /** Whether the policy still does anything: it is not disabled, in ERROR, or deleted. */
  isActive(policy: LifecyclePolicy): boolean {
    return policy.state === "ENABLED" && this.policies.get(policy.id) === policy;
  }

  record(
    policy: LifecyclePolicy,
    change: { at: number; state: string; detail?: Readonly<Record<string, unknown>> },
  ): void {
    this.world.record({ region: policy.region, what: "dlm.policy", id: policy.id, ...change });
  }
}

/** The resource of a snapshot that is about to be made, or of any: snapshots belong to no account in ARNs. */
export function anySnapshot(region: string): string {
  return `arn:aws:ec2:${region}::snapshot/*`;
}
