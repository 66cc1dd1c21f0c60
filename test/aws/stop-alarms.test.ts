import { CloudWatch, type StateValue } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientSettings } from "../sandbox/client-settings.ts";
import { DR, PRIMARY, startRehearsal, step, type Rehearsal } from "../steps/rehearsal.ts";

let rehearsal: Rehearsal;
const clients: Record<string, CloudWatch> = {};
beforeAll(async () => {
  rehearsal = await startRehearsal();
  for (const region of [DR, PRIMARY]) clients[region] = new CloudWatch(clientSettings(rehearsal.sandbox, region));
});
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await rehearsal.close();
});

async function alarm(AlarmName: string, state: StateValue, region = DR): Promise<string> {
  await rehearsal.clock.during(async () => {
    await clients[region]!.putMetricAlarm({
      AlarmName,
      Namespace: "Shop",
      MetricName: "Errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    });
    await turn(AlarmName, state, region);
  });
  return `arn:aws:cloudwatch:${region}:111122223333:alarm:${AlarmName}`;
}

const turn = (AlarmName: string, StateValue: StateValue, region = DR) =>
  clients[region]!.setAlarmState({ AlarmName, StateValue, StateReason: "customers see errors" });

/** Makes a snapshot; with something to happen meanwhile, it then waits for what never comes. */
async function run(stopAlarms: readonly string[], at?: (t: Rehearsal) => Promise<unknown>) {
  const safety = { accounts: ["111122223333"], maxDurationMs: 86_400_000, teardownBudgetMs: 3_600_000, stopAlarms };
  const { volumeId } = rehearsal.existing;
  const snapshot = step("snapshot", "ebs.create-snapshot", { volumeId });
  await alarm("slow", "ALARM");
  const recovers = step("recovers", "cloudwatch.wait-for-alarm", { alarmName: "slow" });
  const ended = rehearsal.run({ prepare: at ? [snapshot, recovers] : [snapshot] }, { safety });
  await at?.(rehearsal);
  return ended;
}

const live = async () => {
  const items = await rehearsal.clock.during(() => rehearsal.sandbox.inventory());
  return items.filter(({ tags }) => tags["gameday:run"] !== undefined).map(({ id, state }) => `${id} ${state}`);
};

describe("a stop alarm", () => {
  it("that goes to ALARM stops the run like Ctrl-C, and what it made is torn down", async () => {
    await alarm("errors", "OK");
    const { record, exitCode, events } = await run(["errors"], async ({ clock }) => {
      await clock.sleep(200_000);
      await clock.during(() => turn("errors", "ALARM"));
    });
    expect(record.finished).toMatchObject({ outcome: "aborted", leftovers: [] });
    expect(exitCode).toBe(5);
    expect(events.find(({ type }) => type === "abort-requested")).toMatchObject({
      reason: "stop-alarm",
      detail: "errors in us-west-2: customers see errors",
    });
    expect(await live()).toEqual([]);
  });

  it("in another Region is named by its ARN", async () => {
    const arn = await alarm("elsewhere", "OK", PRIMARY);
    const { record } = await run([arn], async ({ clock }) => {
      await clock.sleep(200_000);
      await clock.during(() => turn("elsewhere", "ALARM", PRIMARY));
    });
    expect(record.aborted).toMatchObject({ reason: "stop-alarm" });
  });

  it("that is on already, or does not exist, refuses the run before anything is made", async () => {
    await alarm("on", "ALARM");
    const made = () => rehearsal.sandbox.world.log.filter(({ what }) => what === "ec2.snapshot").length;
    const before = made();
    for (const [name, code] of [
      ["on", "stop-alarm-on"],
      ["none", "stop-alarm-not-found"],
    ] as const) {
      const { record } = await run([name]);
      expect(record.finished).toMatchObject({ failure: { code } });
    }
    expect(made()).toBe(before);
  });

  it("that is deleted in mid-run stops it, too: nobody guards it any more", async () => {
    await alarm("guard", "OK");
    const { record } = await run(["guard"], async ({ clock }) => {
      await clock.sleep(200_000);
      await clock.during(() => clients[DR]!.deleteAlarms({ AlarmNames: ["guard"] }));
    });
    expect(record.aborted).toMatchObject({ reason: "stop-alarm" });
    expect(await live()).toEqual([]);
  });

  it("that stays quiet changes nothing", async () => {
    await alarm("quiet", "OK");
    const { record } = await run(["quiet"]);
    expect(record.aborted).toBeUndefined();
    expect(record.steps[0]).toMatchObject({ outcome: "passed" });
  });
});
