import type * as CloudWatch from "@aws-sdk/client-cloudwatch";
import { AwsError, type Handlers, type RequestContext } from "../../service.ts";
import { isKnownComparison, isKnownStatistic, setState, type Alarm, type AlarmState } from "./alarms.ts";
import type { Monitoring } from "./monitoring.ts";

const STATES: readonly string[] = ["OK", "ALARM", "INSUFFICIENT_DATA"];
const LARGEST_PAGE = 100;

/** Metric alarms: put, describe, delete, set by hand. */
export function alarmHandlers(monitoring: Monitoring): Handlers<typeof CloudWatch> {
  const inRegion = (at: RequestContext) => monitoring.inRegion(at.region).alarms;
  return {
    PutMetricAlarm: (input, at) => {
      checkAlarm(input);
      const alarm = inRegion(at).get(input.AlarmName!) ?? newAlarm(input.AlarmName!, at);
      const { Tags: tags, ...definition } = input;
      for (const { Key: key, Value: value } of tags ?? []) alarm.tags.set(key!, value!);
      alarm.definition = definition;
      alarm.configuredAt = at.now;
      inRegion(at).set(alarm.name, alarm);
      monitoring.watch(alarm);
      return {};
    },
    DescribeAlarms: (input, at) => describeAlarms([...inRegion(at).values()], input),
    DeleteAlarms: (input, at) => {
      for (const name of input.AlarmNames!) inRegion(at).delete(name);
      return {};
    },
    SetAlarmState: (input, at) => {
      const alarm = inRegion(at).get(input.AlarmName!);
      if (!alarm) throw new AwsError("ResourceNotFound", `Alarm ${input.AlarmName} does not exist`, 404);
      if (!STATES.includes(input.StateValue!))
        throw new AwsError("ValidationError", `${input.StateValue} is not a state of alarms`);
      const state = input.StateValue as AlarmState;
      setState(at.world, alarm, { state, reason: input.StateReason!, data: input.StateReasonData, at: at.now });
      return {};
    },
    EnableAlarmActions: (input, at) => {
      switchActions(inRegion(at), input.AlarmNames!, true);
      return {};
    },
    DisableAlarmActions: (input, at) => {
      switchActions(inRegion(at), input.AlarmNames!, false);
      return {};
    },
    ListTagsForResource: (input, at) => ({
      Tags: Array.from(tagsOf(inRegion(at), input.ResourceARN!), ([Key, Value]) => ({ Key, Value })),
    }),
    TagResource: (input, at) => {
      const tags = tagsOf(inRegion(at), input.ResourceARN!);
      for (const { Key: key, Value: value } of input.Tags!) tags.set(key!, value!);
      return {};
    },
    UntagResource: (input, at) => {
      const tags = tagsOf(inRegion(at), input.ResourceARN!);
      for (const key of input.TagKeys!) tags.delete(key);
      return {};
    },
  };
}

function checkAlarm(input: CloudWatch.PutMetricAlarmCommandInput): void {
  if (input.Metrics || input.ThresholdMetricId || input.ExtendedStatistic) {
    throw new AwsError(
      "NotImplemented",
      "Alarms on metric math or percentiles are not implemented by the gameday sandbox",
      501,
    );
  }
  const isGood =
    input.Namespace !== undefined &&
    input.MetricName !== undefined &&
    input.Threshold !== undefined &&
    isKnownStatistic(input.Statistic ?? "") &&
    isKnownComparison(input.ComparisonOperator ?? "") &&
    (input.Period ?? 0) > 0 &&
    (input.EvaluationPeriods ?? 0) > 0;
  if (!isGood) {
    throw new AwsError(
      "ValidationError",
      "An alarm needs Namespace, MetricName, Statistic, Period, EvaluationPeriods, Threshold and ComparisonOperator",
    );
  }
}

function newAlarm(name: string, at: RequestContext): Alarm {
  return {
    region: at.region,
    name,
    arn: `arn:aws:cloudwatch:${at.region}:${at.account}:alarm:${name}`,
    definition: {},
    state: "INSUFFICIENT_DATA",
    reason: "Unchecked: Initial alarm creation",
    reasonData: undefined,
    configuredAt: at.now,
    updatedAt: at.now,
    transitionedAt: at.now,
    tags: new Map(),
  };
}

function describeAlarms(
  alarms: readonly Alarm[],
  input: CloudWatch.DescribeAlarmsCommandInput,
): Omit<CloudWatch.DescribeAlarmsCommandOutput, "$metadata"> {
  const { AlarmNames: names, AlarmNamePrefix: prefix = "", StateValue: state } = input;
  const wanted = alarms.filter(
    (alarm) =>
      (!names || names.includes(alarm.name)) && alarm.name.startsWith(prefix) && (!state || alarm.state === state),
  );
  const start = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isSafeInteger(start) || start < 0) throw new AwsError("InvalidNextToken", "The next token is invalid");
  const page = wanted.slice(start, start + Math.min(input.MaxRecords ?? 50, LARGEST_PAGE));
  const end = start + page.length;
  return {
    MetricAlarms: page.map(describe),
    CompositeAlarms: [],
    ...(end < wanted.length && { NextToken: String(end) }),
  };
}

function describe(alarm: Alarm): CloudWatch.MetricAlarm {
  return {
    ActionsEnabled: true,
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    Dimensions: [],
    ...alarm.definition,
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    StateValue: alarm.state,
    StateReason: alarm.reason,
    ...(alarm.reasonData !== undefined && { StateReasonData: alarm.reasonData }),
    StateUpdatedTimestamp: new Date(alarm.updatedAt),
    StateTransitionedTimestamp: new Date(alarm.transitionedAt),
  };
}

function switchActions(alarms: ReadonlyMap<string, Alarm>, names: readonly string[], enabled: boolean): void {
  for (const name of names) {
    const alarm = alarms.get(name);
    if (alarm) alarm.definition = { ...alarm.definition, ActionsEnabled: enabled };
  }
}

function tagsOf(alarms: ReadonlyMap<string, Alarm>, arn: string): Map<string, string> {
  const alarm = [...alarms.values()].find((one) => one.arn === arn);
  if (!alarm) throw new AwsError("ResourceNotFoundException", `${arn} does not exist`, 404);
  return alarm.tags;
}
