import { CloudWatch, type PutMetricAlarmCommandInput } from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clientSettings } from "../client-settings.ts";
import { handDriven, MINUTE, refusal, type HandDriven } from "../hand-driven.ts";

let driven: HandDriven;
let cloudWatch: CloudWatch;

beforeEach(async () => {
  driven = await handDriven();
  cloudWatch = new CloudWatch(clientSettings(driven.sandbox));
});
afterEach(() => driven.close());

const ALARM: PutMetricAlarmCommandInput = {
  AlarmName: "errors",
  Namespace: "App",
  MetricName: "Errors",
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanOrEqualToThreshold",
};

const errors = (value: number, name = "Errors") =>
  cloudWatch.putMetricData({ Namespace: "App", MetricData: [{ MetricName: name, Value: value }] });

async function alarm() {
  const { MetricAlarms: [found] = [] } = await cloudWatch.describeAlarms({ AlarmNames: ["errors"] });
  return found!;
}

describe("alarms", () => {
  it("have no data, then follow their metric, then lose it", async () => {
    await cloudWatch.putMetricAlarm(ALARM);
    expect((await alarm()).StateValue).toBe("INSUFFICIENT_DATA");
    await errors(0);
    expect((await alarm()).StateValue).toBe("OK");
    await driven.pass(MINUTE);
    await errors(3);
    expect((await alarm()).StateValue).toBe("ALARM");
    await driven.pass(3 * MINUTE);
    expect((await alarm()).StateValue).toBe("INSUFFICIENT_DATA");
  });

  it("need as many breaching periods as they say", async () => {
    await cloudWatch.putMetricAlarm({ ...ALARM, EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    await errors(1);
    expect((await alarm()).StateValue).toBe("OK");
    await driven.pass(MINUTE);
    await errors(1);
    expect((await alarm()).StateValue).toBe("ALARM");
  });

  it.each([
    ["breaching", "ALARM"],
    ["notBreaching", "OK"],
    ["ignore", "INSUFFICIENT_DATA"],
  ] as const)("treat missing data as %s", async (treatment, state) => {
    await cloudWatch.putMetricAlarm({ ...ALARM, TreatMissingData: treatment });
    expect((await alarm()).StateValue).toBe(state);
  });

  it("are blind to other metrics", async () => {
    await cloudWatch.putMetricAlarm(ALARM);
    await errors(5, "Warnings");
    expect((await alarm()).StateValue).toBe("INSUFFICIENT_DATA");
  });

  it("tell a transition from a confirmation", async () => {
    await cloudWatch.putMetricAlarm({ ...ALARM, TreatMissingData: "ignore" });
    const set = () => cloudWatch.setAlarmState({ AlarmName: "errors", StateValue: "OK", StateReason: "by hand" });
    await set();
    const first = await alarm();
    await driven.pass(5 * MINUTE);
    await set();
    const second = await alarm();
    expect(second.StateTransitionedTimestamp).toEqual(first.StateTransitionedTimestamp);
    expect(second.StateUpdatedTimestamp!.getTime() - first.StateUpdatedTimestamp!.getTime()).toBeGreaterThanOrEqual(
      5 * MINUTE,
    );
    expect(driven.history("cloudwatch.alarm", "errors")).toEqual(["OK"]);
  });

  it("come in pages, and go", async () => {
    for (const AlarmName of ["a", "b", "c"]) await cloudWatch.putMetricAlarm({ ...ALARM, AlarmName });
    const first = await cloudWatch.describeAlarms({ MaxRecords: 2 });
    const rest = await cloudWatch.describeAlarms({ MaxRecords: 2, NextToken: first.NextToken! });
    expect([...first.MetricAlarms!, ...rest.MetricAlarms!].map(({ AlarmName }) => AlarmName)).toEqual(["a", "b", "c"]);
    expect(rest.NextToken).toBeUndefined();
    await cloudWatch.deleteAlarms({ AlarmNames: ["a", "c"] });
    expect((await cloudWatch.describeAlarms({})).MetricAlarms).toHaveLength(1);
    expect(await refusal(cloudWatch.setAlarmState({ AlarmName: "a", StateValue: "OK", StateReason: "x" }))).toMatch(
      /^ResourceNotFound/,
    );
  });

  it("are refused on what the sandbox cannot compute", async () => {
    const { Statistic: _, ...rest } = ALARM;
    expect(await refusal(cloudWatch.putMetricAlarm({ ...rest, ExtendedStatistic: "p99" }))).toMatch(/^NotImplemented/);
    expect(await refusal(cloudWatch.putMetricAlarm(rest))).toMatch(/^Validation/);
  });
});

describe("metrics", () => {
  it("are counted by value, by statistic set and by repeated values", async () => {
    await cloudWatch.putMetricData({
      Namespace: "App",
      MetricData: [
        { MetricName: "Latency", Value: 1 },
        { MetricName: "Latency", Values: [2, 3], Counts: [2, 1] },
        { MetricName: "Latency", StatisticValues: { Minimum: 0, Maximum: 10, Sum: 13, SampleCount: 3 } },
      ],
    });
    const now = driven.clock.now();
    const statistics = await cloudWatch.getMetricStatistics({
      Namespace: "App",
      MetricName: "Latency",
      StartTime: new Date(now - 10 * MINUTE),
      EndTime: new Date(now + 10 * MINUTE),
      Period: 3600,
      Statistics: ["Sum"],
    });
    expect(statistics.Datapoints).toMatchObject([{ SampleCount: 7, Sum: 21, Minimum: 0, Maximum: 10, Average: 3 }]);
  });

  it.each([
    ["AWS's own namespace", { Namespace: "AWS/EBS", MetricData: [{ MetricName: "m", Value: 1 }] }],
    ["no number", { Namespace: "App", MetricData: [{ MetricName: "m", Value: Number.NaN }] }],
    ["no value", { Namespace: "App", MetricData: [{ MetricName: "m" }] }],
    ["a time long past", { Namespace: "App", MetricData: [{ MetricName: "m", Value: 1, Timestamp: new Date(0) }] }],
    [
      "too much at once",
      { Namespace: "App", MetricData: Array.from({ length: 1001 }, () => ({ MetricName: "m", Value: 1 })) },
    ],
  ])("are refused: %s", async (_what, input) => {
    expect(await refusal(cloudWatch.putMetricData(input))).toMatch(/^InvalidParameterValue/);
    expect((await cloudWatch.listMetrics({})).Metrics ?? []).toHaveLength(0);
  });
});
