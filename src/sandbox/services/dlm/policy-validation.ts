import type { CrossRegionCopyRule, PolicyDetails, Schedule, Tag } from "@aws-sdk/client-dlm";
import { AwsError } from "../../service.ts";
import { findRegion } from "../../regions.ts";
import { byCron, everyHours, leastGapMs, type CreateTimes } from "./schedule-times.ts";

const INTERVALS = [1, 2, 3, 4, 6, 8, 12, 24];
const UNITS = ["DAYS", "WEEKS", "MONTHS", "YEARS"];
const HOUR_MS = 3_600_000;

/** Refuses the policy details that DLM refuses, and says which parts of DLM the sandbox does not have. */
export function checkDetails(details: PolicyDetails, region: string): void {
  const type = details.PolicyType ?? "EBS_SNAPSHOT_MANAGEMENT";
  if (type !== "EBS_SNAPSHOT_MANAGEMENT") throw notImplemented(`policies of type ${type}`);
  const [resourceType, ...others] = details.ResourceTypes ?? [];
  if (!resourceType || others.length > 0)
    throw invalid("ResourceTypes must name exactly one resource type", ["ResourceTypes"]);
  if (resourceType !== "VOLUME") throw notImplemented(`policies that target ${resourceType}`);
  checkTags("TargetTags", details.TargetTags, { atLeast: 1, atMost: 50 });
  const schedules = details.Schedules ?? [];
  if (schedules.length < 1 || schedules.length > 4) throw invalid("A policy must have 1 to 4 schedules", ["Schedules"]);
  const names = schedules.map((schedule) => schedule.Name);
  if (new Set(names).size !== names.length) throw invalid("Schedule names must be unique within a policy");
  for (const schedule of schedules) checkSchedule(schedule, region);
}

/** When the schedule creates snapshots. Throws for a create rule that DLM refuses; `otherwise` is the time of day if none is given. */
export function createTimes(schedule: Schedule, otherwise = "00:00"): CreateTimes {
  const { CronExpression: cron, Interval: interval, IntervalUnit: unit, Times: times = [] } = schedule.CreateRule ?? {};
  if (cron !== undefined) {
    if (interval !== undefined || times.length > 0) {
      throw invalid("CronExpression and Interval are mutually exclusive", [], ["CronExpression", "Interval"]);
    }
    return cronTimes(cron);
  }
  if (interval === undefined || unit === undefined)
    throw invalid("CreateRule needs Interval and IntervalUnit", ["CreateRule"]);
  if (unit !== "HOURS" || !INTERVALS.includes(interval)) {
    throw invalid(`The interval of a create rule must be one of ${INTERVALS.join(", ")} HOURS`);
  }
  if (times.length > 1 || !times.every((time) => /^([01]\d|2[0-3]):[0-5]\d$/.test(time))) {
    throw invalid("Times must hold at most one time of day in the format hh:mm");
  }
  return everyHours(interval, times[0] ?? otherwise);
}

function cronTimes(expression: string): CreateTimes {
  let times: CreateTimes;
  try {
    times = byCron(expression);
  } catch {
    throw invalid(`The cron expression ${expression.slice(0, 100)} is not valid`);
  }
  // Any fixed instant serves: the gaps are the same wherever one starts to look.
  const gap = leastGapMs(times, Date.UTC(2026, 0, 1), 50);
  if (gap !== undefined && gap < HOUR_MS) throw invalid("The interval of a cron expression must be at least one hour");
  return times;
}

function checkSchedule(schedule: Schedule, region: string): void {
  if (!schedule.Name) throw invalid("A schedule needs a name", ["Name"]);
  createTimes(schedule);
  checkRetention(schedule);
  checkTags("TagsToAdd", schedule.TagsToAdd, { atLeast: 0, atMost: 45 });
  const rules = schedule.CrossRegionCopyRules ?? [];
  if (rules.length > 3) throw invalid("A schedule can have at most 3 cross-Region copy rules");
  const targets = rules.map((rule) => rule.Target);
  if (new Set(targets).size !== targets.length) throw invalid("Cross-Region copy rules must have different targets");
  for (const rule of rules) checkCopyRule(rule, region);
}

function checkRetention({ RetainRule: rule }: Schedule): void {
  if (!rule) throw invalid("A schedule needs a retain rule", ["RetainRule"]);
  const { Count: count, Interval: interval, IntervalUnit: unit } = rule;
  if (count !== undefined && interval !== undefined) {
    throw invalid("Count and Interval are mutually exclusive", [], ["Count", "Interval"]);
  }
  if (count === undefined) return checkInterval("RetainRule", interval, unit);
  if (count < 1 || count > 1000) throw invalid("The count of a retain rule must be between 1 and 1000");
}

function checkCopyRule(rule: CrossRegionCopyRule, region: string): void {
  if (rule.Encrypted === undefined)
    throw invalid("A cross-Region copy rule must say whether copies are encrypted", ["Encrypted"]);
  if (!rule.Target) throw invalid("A cross-Region copy rule of a snapshot policy needs a Target", ["Target"]);
  if (!findRegion(rule.Target) || rule.Target === region) {
    throw invalid(`${rule.Target} is not a Region that snapshots can be copied to from ${region}`);
  }
  if (rule.CmkArn !== undefined && !rule.CmkArn.startsWith(`arn:aws:kms:${rule.Target}:`)) {
    throw invalid(`The key ${rule.CmkArn} is not in the target Region ${rule.Target}`);
  }
  if (rule.RetainRule) checkInterval("RetainRule", rule.RetainRule.Interval, rule.RetainRule.IntervalUnit);
}

function checkInterval(what: string, interval: number | undefined, unit: string | undefined): void {
  const isGood = interval !== undefined && interval >= 1 && unit !== undefined && UNITS.includes(unit);
  if (!isGood)
    throw invalid(`${what} needs an interval of at least 1 and a unit of ${UNITS.join(", ")}`, [
      "Interval",
      "IntervalUnit",
    ]);
}

function checkTags(
  what: string,
  tags: readonly Tag[] | undefined,
  { atLeast, atMost }: { atLeast: number; atMost: number },
): void {
  const list = tags ?? [];
  if (list.length < atLeast || list.length > atMost)
    throw invalid(`${what} must hold ${atLeast} to ${atMost} tags`, [what]);
  if (list.some(({ Key: key }) => !key || /^aws:/i.test(key)))
    throw invalid(`${what} holds a tag key that is empty or reserved`);
}

export function invalid(
  message: string,
  required: readonly string[] = [],
  exclusive: readonly string[] = [],
): AwsError {
  return new AwsError("InvalidRequestException", message, 400, {
    Code: "INVALID_REQUEST",
    ...(required.length > 0 && { RequiredParameters: required }),
    ...(exclusive.length > 0 && { MutuallyExclusiveParameters: exclusive }),
  });
}

export function notImplemented(what: string): AwsError {
  return new AwsError(
    "NotImplemented",
    `${what} in Data Lifecycle Manager are not implemented by the gameday sandbox`,
    501,
  );
}
