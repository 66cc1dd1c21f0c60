import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cloudwatchReporter, METRIC_NAMESPACE, metricsOf } from "../../src/reporters/cloudwatch.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { hostileRun } from "../evidence/hostile.ts";
import { recordOf } from "../evidence/journaled.ts";
import { manySteps } from "../evidence/many-steps.ts";
import { failedVerification, passedRehearsal } from "../evidence/runs.ts";
import { clientSettings } from "../sandbox/client-settings.ts";

describe("metrics", () => {
  it("of a passed run: passed, RTA, RPA, and the seconds of each step", () => {
    const metrics = metricsOf(recordOf(passedRehearsal()));
    expect(metrics.map(({ MetricName, Value }) => [MetricName, Value])).toEqual([
      ["Passed", 1],
      ["RTA", 372],
      ["RPA", 2695],
      ...Array.from({ length: 5 }, () => ["StepDuration", undefined]),
    ]);
    expect(metrics.at(-1)).toEqual({
      MetricName: "StepDuration",
      Unit: "Seconds",
      Timestamp: new Date("2026-11-20T10:51:43.000Z"),
      Dimensions: [
        { Name: "Drill", Value: "ebs-snapshot-copy" },
        { Name: "Step", Value: "checksum" },
      ],
      StatisticValues: { SampleCount: 1, Sum: 172, Minimum: 172, Maximum: 172 },
    });
  });

  it("of a failed run: no RTA and no RPA, for nothing was recovered", () => {
    const names = metricsOf(recordOf(failedVerification())).map(({ MetricName }) => MetricName);
    expect(names).not.toContain("RTA");
    expect(names).not.toContain("RPA");
    expect(metricsOf(recordOf(failedVerification()))[0]).toMatchObject({ MetricName: "Passed", Value: 0 });
  });

  it("of a step with ten thousand instances are one", () => {
    const steps = metricsOf(recordOf(manySteps(10_000))).filter(({ MetricName }) => MetricName === "StepDuration");
    expect(steps.length).toBe(1);
    expect(steps[0]?.StatisticValues).toMatchObject({ SampleCount: 10_000, Minimum: 2, Maximum: 8 });
  });

  it("have dimensions that CloudWatch accepts, whatever steps are called", () => {
    for (const { Dimensions = [] } of metricsOf(recordOf(hostileRun())))
      for (const { Value } of Dimensions) expect(Value).toMatch(/^(?!:)[\x20-\x7e]{1,1024}$/);
  });
});

describe("the reporter", () => {
  let folder: string;
  let sandbox: Sandbox;
  const clock = new VirtualClock({ startAt: Date.parse("2026-11-20T10:52:00Z") });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gameday-metrics-"));
    sandbox = await startSandbox({ folder, clock });
  });

  afterAll(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  it("puts what can be read back", async () => {
    const cloudwatch = new CloudWatch(clientSettings(sandbox, "us-west-2"));
    const reporter = cloudwatchReporter({ client: async () => cloudwatch, clock });
    await reporter.finish?.(recordOf(passedRehearsal()));
    const found = await cloudwatch.getMetricStatistics({
      Namespace: METRIC_NAMESPACE,
      MetricName: "RTA",
      Dimensions: [{ Name: "Drill", Value: "ebs-snapshot-copy" }],
      StartTime: new Date("2026-11-20T10:00:00Z"),
      EndTime: new Date("2026-11-20T11:00:00Z"),
      Period: 3600,
      Statistics: ["Maximum"],
    });
    expect(found.Datapoints?.map(({ Maximum }) => Maximum)).toEqual([372]);
    cloudwatch.destroy();
  });
});
