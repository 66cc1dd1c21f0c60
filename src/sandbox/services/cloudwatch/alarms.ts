import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { World } from "../../world.ts";
import { statisticsOf, type Metrics, type Statistics } from "./metrics.ts";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** A metric alarm as the sandbox keeps it. */
export interface Alarm {
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  definition: MetricAlarm;
  state: AlarmState;
  reason: string;
  reasonData: string | undefined;
  configuredAt: number;
  /** The last time the state was set, also to what it was. */
  updatedAt: number;
  /** The last time the state became another. */
  transitionedAt: number;
  readonly tags: Map<string, string>;
}

export function setState(
  world: World,
  alarm: Alarm,
  change: { state: AlarmState; reason: string; data?: string | undefined; at: number },
): void {
  const { state, reason, data, at } = change;
  if (state !== alarm.state) {
    alarm.transitionedAt = at;
    world.record({ at, region: alarm.region, what: "cloudwatch.alarm", id: alarm.name, state, detail: { reason } });
  }
  alarm.state = state;
  alarm.reason = reason;
  alarm.reasonData = data;
  alarm.updatedAt = at;
}

type Comparison = (value: number, threshold: number) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

const STATISTICS: Readonly<Record<string, (of: Statistics) => number>> = {
  SampleCount: (of) => of.sampleCount,
  Sum: (of) => of.sum,
  Minimum: (of) => of.minimum,
  Maximum: (of) => of.maximum,
  Average: (of) => of.average,
};

export function isKnownComparison(operator: string): boolean {
  return Object.hasOwn(COMPARISONS, operator);
}

export function isKnownStatistic(statistic: string): boolean {
  return Object.hasOwn(STATISTICS, statistic);
}

/** What the alarm's metric says at an instant: M out of the last N periods, the running one included. */
export function evaluate(
  alarm: Alarm,
  metrics: Metrics,
  now: number,
): { state: AlarmState; reason: string } | undefined {
  const { definition } = alarm;
  const periodMs = (definition.Period ?? 60) * 1000;
  const periods = definition.EvaluationPeriods ?? 1;
  const needed = definition.DatapointsToAlarm ?? periods;
  const end = (Math.floor(now / periodMs) + 1) * periodMs;
  const values = Array.from({ length: periods }, (_, index) => {
    const to = end - index * periodMs;
    const statistics = statisticsOf(metricOf(alarm, metrics), { from: to - periodMs, to });
    return statistics && STATISTICS[definition.Statistic ?? "Average"]!(statistics);
  });
  const given = values.filter((value) => value !== undefined);
  const missing = missingState(definition.TreatMissingData, alarm.state);
  if (given.length === 0)
    return missing && { state: missing, reason: "Insufficient Data: no datapoints were received" };
  const breaches = COMPARISONS[definition.ComparisonOperator!]!;
  const breaching = given.filter((value) => breaches(value, definition.Threshold!)).length;
  const assumed = definition.TreatMissingData === "breaching" ? periods - given.length : 0;
  const state = breaching + assumed >= needed ? "ALARM" : "OK";
  return {
    state,
    reason: `Threshold Crossed: ${breaching} of ${given.length} datapoints were breaching the threshold (${definition.Threshold})`,
  };
}

function metricOf({ definition }: Alarm, metrics: Metrics) {
  const dimensions = Object.fromEntries(
    (definition.Dimensions ?? []).map(({ Name: name, Value: value }) => [name!, value!]),
  );
  return metrics.find({ namespace: definition.Namespace ?? "", name: definition.MetricName ?? "", dimensions });
}

function missingState(treatment: string | undefined, current: AlarmState): AlarmState | undefined {
  if (treatment === "breaching") return "ALARM";
  if (treatment === "notBreaching") return "OK";
  return treatment === "ignore" ? current : "INSUFFICIENT_DATA";
}
