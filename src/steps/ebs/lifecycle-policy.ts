import type { CreateRule, CrossRegionCopyRule, LifecyclePolicy, Schedule as PolicySchedule } from "@aws-sdk/client-dlm";
import type { Volume } from "@aws-sdk/client-ec2";
import { policyOf } from "../../aws/watch/kinds/policies.ts";
import type { DrillRegions } from "../../drill/drill.ts";
import { Failure, type FailureDetails } from "../../engine/failure.ts";
import type { RecoveryPoint } from "../../engine/facts.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import type { Tags } from "../../engine/tags.ts";
import { tagsOf } from "../../aws/tags.ts";
import type { DrillServices } from "../services.ts";
import { longestIntervalMs, nextWindow, WINDOW_MS, type SnapshotWindow } from "./dlm-schedule.ts";

type Context = StepContext<DrillServices>;

/** A policy's state is looked at so often while it is at work; before, it has no reason to change. */
const POLICY_LOOK_MS = 10 * 60_000;

/** The policy that snapshots the volume: the named one, else the only enabled one that targets one of the volume's tags. */
export async function findPolicy(
  ctx: Context,
  policyId: string | undefined,
  tags: Tags,
): Promise<LifecyclePolicy | undefined> {
  const region = ctx.regions.primary;
  const id = policyId ?? (await onlyPolicyFor(ctx, region, tags));
  if (id === undefined) return undefined;
  const policy = await policyOf({ aws: ctx.services.aws, region }, id);
  const broken = brokenPolicy(region, id, policy);
  if (broken) throw broken;
  return policy;
}

/** Asked tag by tag: a policy needs to target only one of the volume's tags, and several in one question would all have to fit. */
async function onlyPolicyFor({ services }: Context, region: string, tags: Tags): Promise<string | undefined> {
  const dlm = await services.aws.dlm(region);
  const found = new Set<string | undefined>();
  for (const [key, value] of Object.entries(tags).filter(([name]) => !name.startsWith("aws:"))) {
    const { Policies = [] } = await dlm.getLifecyclePolicies({
      State: "ENABLED",
      ResourceTypes: ["VOLUME"],
      TargetTags: [`${key}=${value}`],
    });
    for (const { PolicyId } of Policies) found.add(PolicyId);
  }
  return found.size === 1 ? [...found][0] : undefined;
}

function brokenPolicy(region: string, id: string, policy: LifecyclePolicy | undefined): Failure | undefined {
  if (policy?.State === "ENABLED") return undefined;
  const said = policy?.StatusMessage ? `: ${policy.StatusMessage}` : "";
  return new Failure({
    code: policy?.State === "ERROR" ? "dlm-policy-error" : policy ? "dlm-policy-disabled" : "dlm-policy-not-found",
    message: policy
      ? `The lifecycle policy ${id} in ${region} is ${policy.State}${said}; it makes no snapshots`
      : `There is no lifecycle policy ${id} in ${region}`,
    fixer: "operator",
    next:
      policy?.State === "ERROR"
        ? "check its role: ec2:CreateSnapshot, ec2:CopySnapshot, ec2:CreateTags and the KMS keys of both Regions"
        : "enable or create it, or name another one with policyId",
    resourceId: id,
  });
}

/**
 * Does `work` while the policy is healthy. As soon as it is not, the work is stopped and that is the failure: a policy in ERROR
 * makes nothing any more, and the wait would only end with the time budget.
 */
export async function whilePolicyWorks<T>(
  ctx: Context,
  policy: { readonly id: string | undefined; readonly window: SnapshotWindow | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const running = work(over.signal);
  const racers: Promise<T>[] = [running];
  if (policy.id !== undefined) racers.push(untilBroken(ctx, policy.id, policy.window, over.signal));
  try {
    return await Promise.race(racers);
  } finally {
    over.abort(new Error("the wait is over"));
    await Promise.allSettled(racers);
  }
}

async function untilBroken(
  ctx: Context,
  id: string,
  window: SnapshotWindow | undefined,
  signal: AbortSignal,
): Promise<never> {
  const region = ctx.regions.primary;
  await ctx.services.watch.until({
    region,
    kind: "dlm.policy",
    id,
    signal,
    unhurriedMs: POLICY_LOOK_MS,
    ...(window ? { expectedAt: window.from } : {}),
    judge: ({ seen }) => {
      const failed = brokenPolicy(region, id, seen);
      return failed ? { failed } : "wait";
    },
  });
  throw new Error("a policy that works is waited for without end");
}

/** The schedules of a policy whose snapshots come to a Region, with the rule that copies them there. */
export function schedulesInto(policy: LifecyclePolicy | undefined, region: string): readonly CopiedSchedule[] {
  return (policy?.PolicyDetails?.Schedules ?? []).flatMap((schedule) => {
    const rule = schedule.CrossRegionCopyRules?.find(({ Target, TargetRegion }) => (Target ?? TargetRegion) === region);
    return rule ? [{ schedule, rule }] : [];
  });
}

export interface CopiedSchedule {
  readonly schedule: PolicySchedule;
  readonly rule: CrossRegionCopyRule;
}

/**
 * What is known of a policy before anything is waited for: that it snapshots the volume, that it copies to the DR Region, and that the
 * copy can be told from others. @throws Failure for the first of these that does not hold
 */
export function assertReachesDr(
  policy: LifecyclePolicy,
  { volume, regions }: { readonly volume: Volume; readonly regions: DrillRegions },
): void {
  const id = policy.PolicyId ?? "";
  const targets = policy.PolicyDetails?.TargetTags ?? [];
  const tags = tagsOf(volume.Tags);
  if (targets.length > 0 && !targets.some(({ Key = "", Value }) => Object.hasOwn(tags, Key) && tags[Key] === Value)) {
    throw unreachable("policy-misses-volume", id, {
      message: `The lifecycle policy ${id} snapshots volumes with ${targets.map(({ Key, Value }) => `${Key}=${Value}`).join(" or ")}; ${volume.VolumeId} has no such tag`,
      next: `give ${volume.VolumeId} the tag (keys and values are case-sensitive), or name the policy that protects it with policyId`,
    });
  }
  const copied = schedulesInto(policy, regions.dr);
  if (copied.length === 0) {
    const rules = (policy.PolicyDetails?.Schedules ?? []).flatMap(
      ({ CrossRegionCopyRules = [] }) => CrossRegionCopyRules,
    );
    const elsewhere = [...new Set(rules.flatMap(({ Target, TargetRegion }) => Target ?? TargetRegion ?? []))].join(
      ", ",
    );
    throw unreachable("policy-copies-elsewhere", id, {
      message: `The lifecycle policy ${id} copies no snapshots to ${regions.dr}${elsewhere ? `, but to ${elsewhere}` : " or to any other Region"}`,
      next: `add a cross-Region rule for ${regions.dr} to its schedule, or name the Region that it copies to as regions.dr`,
    });
  }
  if (!copied.some(({ rule }) => rule.CopyTags === true)) {
    throw unreachable("policy-copies-untagged", id, {
      message: `The copies that ${id} makes in ${regions.dr} carry no tags (CopyTags of its cross-Region rule is off), and a copy says in no other way what it is of`,
      next: "set CopyTags (copy_tags in Terraform) in the cross-Region rule",
    });
  }
}

function unreachable(
  code: string,
  resourceId: string,
  { message, next }: Pick<FailureDetails, "message" | "next">,
): Failure {
  return new Failure({ code, message, fixer: "operator", ...(next === undefined ? {} : { next }), resourceId });
}

/**
 * How far apart the snapshots are that the policy copies to a Region: where several schedules do, of the one that leaves the shortest
 * gaps. Undefined when none of them can be read.
 */
export async function policySchedule(
  policy: LifecyclePolicy | undefined,
  { into, since }: { readonly into: string; readonly since: number },
): Promise<Schedule | undefined> {
  const rules = createRules(policy, into);
  const intervals = (await Promise.all(rules.map((rule) => longestIntervalMs(rule, since)))).filter(
    (interval) => interval !== undefined,
  );
  return intervals.length === 0 ? undefined : { intervalMs: Math.min(...intervals), startWindowMs: WINDOW_MS };
}

type Schedule = NonNullable<RecoveryPoint["schedule"]>;

const DAY_MS = 24 * 60 * 60_000;
/** At the shortest. */
const UNIT_MS: Readonly<Record<string, number>> = {
  DAYS: DAY_MS,
  WEEKS: 7 * DAY_MS,
  MONTHS: 28 * DAY_MS,
  YEARS: 365 * DAY_MS,
};

/**
 * For how long copies are kept in a Region, where none of the schedules that copy there keeps one until the next may be there. Of
 * several the longest, in milliseconds. Undefined where one does, or where nothing can be said of it.
 */
export async function keptTooShort(
  policy: LifecyclePolicy | undefined,
  { into, since }: { readonly into: string; readonly since: number },
): Promise<number | undefined> {
  const kept = schedulesInto(policy, into).map(async ({ schedule, rule: { RetainRule: retain } }) => {
    const keptMs = (retain?.Interval ?? Infinity) * (UNIT_MS[retain?.IntervalUnit ?? ""] ?? Infinity);
    const interval = schedule.CreateRule && (await longestIntervalMs(schedule.CreateRule, since));
    return keptMs < (interval ?? 0) + WINDOW_MS ? keptMs : Infinity;
  });
  const longest = Math.max(...(await Promise.all(kept)));
  return Number.isFinite(longest) ? longest : undefined;
}

function createRules(policy: LifecyclePolicy | undefined, region: string): readonly CreateRule[] {
  return schedulesInto(policy, region).flatMap(({ schedule: { CreateRule: rule } }) => (rule ? [rule] : []));
}

/** When the next snapshot after `since` that is copied to a Region must appear; undefined when no schedule can be read. */
export async function policyWindow(
  policy: LifecyclePolicy | undefined,
  { into, since }: { readonly into: string; readonly since: number },
): Promise<SnapshotWindow | undefined> {
  const windows = (await Promise.all(createRules(policy, into).map((rule) => nextWindow(rule, since)))).filter(
    (window) => window !== undefined,
  );
  if (windows.length === 0) return undefined;
  return {
    from: Math.min(...windows.map(({ from }) => from)),
    to: Math.min(...windows.map(({ to }) => to)),
  };
}
