import type { LifecyclePolicy } from "@aws-sdk/client-dlm";
import { policyOf } from "../../aws/watch/kinds/policies.ts";
import { Failure } from "../../engine/failure.ts";
import type { RecoveryPoint } from "../../engine/facts.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import type { Tags } from "../../engine/tags.ts";
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

/** How far apart the policy's snapshots may be, of the only schedule that is copied to other Regions; undefined when there are several. */
export async function policySchedule(
  policy: LifecyclePolicy | undefined,
  since: number,
): Promise<Schedule | undefined> {
  const copied = (policy?.PolicyDetails?.Schedules ?? []).filter(
    ({ CrossRegionCopyRules: rules = [] }) => rules.length,
  );
  const [only, another] = copied;
  if (!only?.CreateRule || another) return undefined;
  const intervalMs = await longestIntervalMs(only.CreateRule, since);
  return intervalMs === undefined ? undefined : { intervalMs, startWindowMs: WINDOW_MS };
}

type Schedule = NonNullable<RecoveryPoint["schedule"]>;

/** When the policy's next snapshot after `since` must appear; undefined when no schedule can be read. */
export async function policyWindow(
  policy: LifecyclePolicy | undefined,
  since: number,
): Promise<SnapshotWindow | undefined> {
  const rules = (policy?.PolicyDetails?.Schedules ?? []).flatMap(({ CreateRule }) => (CreateRule ? [CreateRule] : []));
  const windows = (await Promise.all(rules.map((rule) => nextWindow(rule, since)))).filter(
    (window) => window !== undefined,
  );
  if (windows.length === 0) return undefined;
  return {
    from: Math.min(...windows.map(({ from }) => from)),
    to: Math.min(...windows.map(({ to }) => to)),
  };
}
