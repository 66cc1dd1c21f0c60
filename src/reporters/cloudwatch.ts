import type { CloudWatch, MetricDatum } from "@aws-sdk/client-cloudwatch";
import type { RunRecord } from "../engine/record.ts";
import { measure, stepMs } from "../evidence/measure.ts";
import { verdictOf } from "../evidence/verdict.ts";
import type { Clock } from "../time/clock.ts";
import type { Reporter } from "./reporter.ts";

export const METRIC_NAMESPACE = "GameDay";

/** Most metrics of one PutMetricData call (API reference; the request may hold 1 MB, which these stay far below). */
const MOST_PER_CALL = 1000;

export interface CloudWatchOptions {
  /** Called once, when there is something to put. */
  client(): Promise<CloudWatch>;
  readonly clock: Clock;
}

/** Puts the measured times into CloudWatch when the run is over. */
export function cloudwatchReporter({ client, clock }: CloudWatchOptions): Reporter {
  return {
    name: "cloudwatch",
    finish: async (record) => {
      const cloudwatch = await client();
      for (const MetricData of batches(metricsOf(record)))
        await clock.during(() => cloudwatch.putMetricData({ Namespace: METRIC_NAMESPACE, MetricData }));
    },
  };
}

/**
 * Passed (1 or 0) always; RTA and RPA in seconds where measured; the seconds of each step. A step of many instances is one
 * metric of their statistics: every distinct dimension value is a metric that AWS bills.
 */
export function metricsOf(record: RunRecord): MetricDatum[] {
  const { recovery, point } = measure(record);
  const about = {
    Timestamp: new Date((record.finished?.at ?? record.lastAt).at),
    Dimensions: [{ Name: "Drill", Value: dimension(record.run.drill.name) }],
  };
  const passed = verdictOf(record).outcome === "passed";
  return [
    { ...about, MetricName: "Passed", Value: passed ? 1 : 0, Unit: "Count" },
    ...(recovery ? [{ ...about, MetricName: "RTA", Value: recovery.rtaMs / 1000, Unit: "Seconds" as const }] : []),
    ...(recovery && point.bestMs !== undefined
      ? [{ ...about, MetricName: "RPA", Value: point.bestMs / 1000, Unit: "Seconds" as const }]
      : []),
    ...[...secondsByStep(record)].map(([step, seconds]) => ({
      ...about,
      MetricName: "StepDuration",
      Dimensions: [...about.Dimensions, { Name: "Step", Value: dimension(step) }],
      StatisticValues: statistics(seconds),
      Unit: "Seconds" as const,
    })),
  ];
}

function secondsByStep({ steps }: RunRecord): ReadonlyMap<string, readonly number[]> {
  const byStep = new Map<string, number[]>();
  for (const step of steps) {
    const ms = stepMs(step);
    if (ms === undefined || step.outcome === "skipped") continue;
    const seconds = byStep.get(step.step);
    if (seconds) seconds.push(ms / 1000);
    else byStep.set(step.step, [ms / 1000]);
  }
  return byStep;
}

function statistics(seconds: readonly number[]): NonNullable<MetricDatum["StatisticValues"]> {
  let [minimum, maximum, sum] = [Infinity, -Infinity, 0];
  for (const one of seconds) {
    minimum = Math.min(minimum, one);
    maximum = Math.max(maximum, one);
    sum += one;
  }
  return { SampleCount: seconds.length, Sum: sum, Minimum: minimum, Maximum: maximum };
}

function batches(metrics: readonly MetricDatum[]): MetricDatum[][] {
  const count = Math.ceil(metrics.length / MOST_PER_CALL);
  return Array.from({ length: count }, (_, n) => metrics.slice(n * MOST_PER_CALL, (n + 1) * MOST_PER_CALL));
}

/** Dimension values are printable ASCII, 1 to 1,024 characters, and do not begin with a colon (API reference, Dimension). */
function dimension(value: string): string {
  const ascii = value
    .replace(/[^\x20-\x7e]/g, "_")
    .replace(/^:/, "_")
    .trim()
    .slice(0, 1024);
  return ascii === "" ? "unnamed" : ascii;
}
