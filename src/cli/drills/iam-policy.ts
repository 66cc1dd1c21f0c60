import { stepsOf, PHASES } from "../../drill/drill.ts";
import type { Drill } from "../../drill/drill.ts";
import type { Permission } from "../../engine/permission.ts";
import type { ResourceKind } from "../../engine/resource-kind.ts";
import { RUN_TAG } from "../../engine/tags.ts";
import type { DrillServices } from "../../steps/services.ts";
import { partitionOf } from "../../regions/partitions.ts";
import { namedRegions } from "./named-regions.ts";
import type { Library } from "./library.ts";

/** An IAM policy document. */
export interface IamPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly IamStatement[];
}

export interface IamStatement {
  /** Letters and digits, unique in the policy. */
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Conditions;
}

/** Operator → key → value or values. */
type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** What a managed policy may have, white space not counted (IAM quotas). */
export const LONGEST_MANAGED_POLICY = 6_144;

/** What the guard asks AWS, what the steps of a drill need, and what destroying what they create needs. */
export async function permissionsOf(drill: Drill, library: Library): Promise<readonly Permission[]> {
  const { GUARD_PERMISSIONS } = await import("../../aws/guard.ts");
  const { STOP_ALARM_PERMISSIONS } = await import("../../aws/stop-alarms.ts");
  const uses = new Set(PHASES.flatMap((phase) => stepsOf(drill.phases[phase]).map((step) => step.uses)));
  const kinds = [...uses].flatMap((name) => library.stepKinds.get(name) ?? []);
  const created = new Set(kinds.flatMap((kind) => kind.creates ?? []));
  const resources = [...library.resourceKinds.values()].filter(
    (kind) => created.has(kind.kind) || isSwept(kind, created),
  );
  const alarms = drill.safety.stopAlarms ? STOP_ALARM_PERMISSIONS : [];
  return [...GUARD_PERMISSIONS, ...alarms, ...[...kinds, ...resources].flatMap((kind) => kind.permissions)];
}

/** Teardown looks for it by the run's tag, and destroys what it finds. */
function isSwept({ sweep }: ResourceKind<DrillServices>, created: ReadonlySet<string>): boolean {
  if (!sweep) return false;
  return sweep.madeBy ? sweep.madeBy.some((name) => created.has(name)) : created.size > 0;
}

/** Permissions with the same resources and conditions. */
interface Group {
  readonly name: string;
  readonly actions: Set<string>;
  readonly resources: readonly string[];
  readonly condition: Conditions | undefined;
}

/** The permissions as few statements: those with the same resources and conditions are one. */
export function iamPolicy(permissions: readonly Permission[], drill: Drill): IamPolicy {
  const groups = new Map<string, Group>();
  for (const permission of permissions) {
    const resources = resourcesOf(permission, drill);
    const condition = conditionsOf(permission);
    const key = JSON.stringify([resources, condition]);
    const group = groups.get(key) ?? { name: nameOf(permission), actions: new Set(), resources, condition };
    for (const action of permission.actions) group.actions.add(action);
    groups.set(key, group);
  }
  return { Version: "2012-10-17", Statement: statementsOf([...groups.values()]) };
}

function statementsOf(groups: readonly Group[]): readonly IamStatement[] {
  const unlimited = new Set(groups.filter(isUnlimited).flatMap(({ actions }) => [...actions]));
  const used = new Map<string, number>();
  return groups.flatMap((group) => {
    const actions = [...group.actions].filter((action) => isUnlimited(group) || !unlimited.has(action));
    if (actions.length === 0) return [];
    const count = (used.get(group.name) ?? 0) + 1;
    used.set(group.name, count);
    return [statement(group, { sid: count === 1 ? group.name : `${group.name}${count}`, actions })];
  });
}

function isUnlimited({ resources, condition }: Group): boolean {
  return resources.includes("*") && !condition;
}

function statement({ resources, condition }: Group, of: { sid: string; actions: readonly string[] }): IamStatement {
  return {
    Sid: of.sid,
    Effect: "Allow",
    Action: of.actions.toSorted(),
    Resource: resources,
    ...(condition && { Condition: condition }),
  };
}

function nameOf({ tagged, resources, condition }: Permission): string {
  if (tagged === "on-create") return "CreateWithRunTag";
  if (tagged === "on-run-resource") return "ChangeWhatRunsMade";
  if (condition) return "WithCondition";
  return resources ? "NamedResources" : "AnyResource";
}

/** Placeholders filled in; an ARN that names the account stands once for each account, one with a Region once for each Region. */
function resourcesOf({ resources }: Permission, drill: Drill): readonly string[] {
  const { safety, regions } = drill;
  const elsewhere = namedRegions(drill);
  const filled = (resources ?? ["*"])
    .map((arn) => arn.replace(/^arn:aws:/u, `arn:${partitionOf(regions.dr).id}:`))
    .flatMap((arn) => everyOne(arn, "{account}", safety.accounts))
    .flatMap((arn) => everyOne(arn, "{primary}", [regions.primary, ...elsewhere]))
    .flatMap((arn) => everyOne(arn, "{dr}", [regions.dr, ...elsewhere]));
  return [...new Set(filled)].toSorted();
}

function everyOne(arn: string, placeholder: string, values: readonly string[]): readonly string[] {
  return arn.includes(placeholder) ? values.map((value) => arn.replaceAll(placeholder, value)) : [arn];
}

function conditionsOf({ tagged, condition }: Permission): Conditions | undefined {
  if (tagged === undefined) return condition;
  const key = tagged === "on-create" ? `aws:RequestTag/${RUN_TAG}` : `aws:ResourceTag/${RUN_TAG}`;
  return { ...condition, StringLike: { ...condition?.["StringLike"], [key]: "*" } };
}
