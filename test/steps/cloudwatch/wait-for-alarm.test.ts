import { CloudWatch, type StateValue } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { DR, startRehearsal, step, type Rehearsal } from "../rehearsal.ts";

let rehearsal: Rehearsal;
let cloudwatch: CloudWatch;
beforeAll(async () => {
  rehearsal = await startRehearsal();
  cloudwatch = new CloudWatch(clientSettings(rehearsal.sandbox, DR));
});
afterAll(async () => {
  cloudwatch.destroy();
  await rehearsal.close();
});

/** An alarm in a state; returns its name. */
async function alarm(state: StateValue): Promise<string> {
  const AlarmName = `app is up ${state} ${rehearsal.clock.now()}`;
  await rehearsal.clock.during(async () => {
    await cloudwatch.putMetricAlarm({
      AlarmName,
      Namespace: "App",
      MetricName: "Up",
      Statistic: "Minimum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      ActionsEnabled: false,
    });
    await setState(AlarmName, state);
  });
  // What is awaited from now on is later than this.
  rehearsal.clock.advance(1);
  return AlarmName;
}

const setState = (AlarmName: string, StateValue: StateValue) =>
  cloudwatch.setAlarmState({ AlarmName, StateValue, StateReason: "test" });

async function waitFor(input: Record<string, unknown>, timeoutMs = 300_000) {
  const run = await rehearsal.run({ prepare: [step("alarm", "cloudwatch.wait-for-alarm", input, { timeoutMs })] });
  return run.record.steps[0]!;
}

describe("an alarm", () => {
  it("that is OK already does not count: it may be stale", async () => {
    const { outcome, lastProgress } = await waitFor({ alarmName: await alarm("OK") }, 40_000);
    expect(outcome).toBe("timed-out");
    expect(lastProgress).toMatch(/ is OK since 2026-/);
  });

  it("that changes to OK while it is awaited is what counts", async () => {
    const alarmName = await alarm("ALARM");
    const changed = rehearsal.clock.sleep(120_000).then(() => rehearsal.clock.during(() => setState(alarmName, "OK")));
    const { outcome, outputs } = await waitFor({ alarmName });
    await changed;
    expect(outcome).toBe("passed");
    expect(outputs).toMatchObject({ state: "OK", reason: "test", changedAt: expect.stringMatching(/^2026-/) });
  });

  it("counts from an earlier instant, when one is given", async () => {
    const since = new Date(rehearsal.clock.now() - 1).toISOString();
    const alarmName = await alarm("OK");
    expect(await waitFor({ alarmName, since })).toMatchObject({ outcome: "passed" });
  });

  it("without data is not OK", async () => {
    const { outcome } = await waitFor({ alarmName: await alarm("INSUFFICIENT_DATA"), since: "2026-01-01T00:00:00Z" });
    expect(outcome).toBe("timed-out");
  });

  it("that does not exist is told after a minute", async () => {
    const { failure } = await waitFor({ alarmName: "nobody's" });
    expect(failure).toMatchObject({ code: "alarm-not-found", fixer: "drill author" });
  });
});
