import { EC2 } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { measure } from "../../../src/evidence/measure.ts";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { DR, PRIMARY, startRehearsal, step, type Rehearsal } from "../rehearsal.ts";
import { newPolicy } from "./dlm-rig.ts";
import { MARKER, outputsOf, stepOf } from "./snapshot-copy-steps.ts";

let rehearsal: Rehearsal;
beforeEach(async () => {
  rehearsal = await startRehearsal();
});
afterEach(() => rehearsal.close());

const WAIT = step("copy", "ebs.wait-for-dr-copy", {
  sourceVolumeId: "${{ steps.marker.volumeId }}",
  notBefore: "${{ steps.marker.writtenAt }}",
});

const HOUR = 3_600_000;

describe("a policy that works", () => {
  it("is waited for until its copy is complete in the DR Region", async () => {
    const policyId = await newPolicy(rehearsal);
    const run = await rehearsal.run({ prepare: [MARKER, WAIT] });
    expect(stepOf(run, "copy").failure).toBeUndefined();
    const outputs = outputsOf(run, "copy");
    const { snapshots } = rehearsal.sandbox.services.ec2.region(DR);
    const copy = snapshots.get(String(outputs["snapshotId"]));
    const source = rehearsal.sandbox.services.ec2.region(PRIMARY).snapshots.get(String(outputs["sourceSnapshotId"]));
    expect(copy).toMatchObject({ state: "completed", isCopy: true, volumeId: "vol-ffffffff" });
    expect(source.volumeId).toBe(rehearsal.existing.volumeId);
    expect(outputs).toMatchObject({ policyId, sourceStartTime: new Date(source.startedAt).toISOString() });
    // 23:45, then up to an hour until DLM begins.
    expect(source.startedAt).toBeGreaterThanOrEqual(Date.parse("2026-11-20T23:45:00Z"));
    expect(run.record.recoveryPoint).toMatchObject({
      basis: "scheduled",
      recoveryPointId: outputs["snapshotId"],
      sourceStartTime: outputs["sourceStartTime"],
    });
    // Nobody is timed: fifteen hours take few calls.
    expect(run.record.calls.filter(({ instance }) => instance === "copy").length).toBeLessThan(250);
    // The snapshots belong to whoever made the policy: teardown leaves them alone.
    expect(run.record.ledger).toEqual([]);
    expect([...snapshots]).toHaveLength(1);
  });

  it("is waited for the day after, when today's snapshot is older than the marker", async () => {
    await newPolicy(rehearsal);
    await rehearsal.clock.sleep(16 * HOUR);
    const run = await rehearsal.run({ prepare: [MARKER, WAIT] });
    expect(stepOf(run, "copy").failure).toBeUndefined();
    const started = Date.parse(String(outputsOf(run, "copy")["sourceStartTime"]));
    expect(started).toBeGreaterThanOrEqual(Date.parse("2026-11-21T23:45:00Z"));
    const { lookback = [] } = run.record.recoveryPoint;
    const { worstMs = 0 } = measure(run.record).point.lookback ?? {};
    expect(lookback).toHaveLength(1);
    expect(lookback[0]?.pointInTime).toMatch(/^2026-11-2[01]T/);
    expect(worstMs).toBeGreaterThan(22 * HOUR);
    expect(worstMs).toBeLessThan(27 * HOUR);
  });
});

describe("a policy that does not work", () => {
  it("in ERROR fails the wait, with its reason", async () => {
    await newPolicy(rehearsal, { without: ["ec2:CreateSnapshot"] });
    const run = await rehearsal.run({ prepare: [MARKER, WAIT] });
    expect(stepOf(run, "copy").failure).toMatchObject({
      code: "dlm-policy-error",
      fixer: "operator",
      message: expect.stringContaining("is ERROR: "),
    });
  });

  it("whose role may not copy fails the wait", async () => {
    await newPolicy(rehearsal, { without: ["ec2:CopySnapshot"] });
    const run = await rehearsal.run({ prepare: [MARKER, WAIT] });
    expect(stepOf(run, "copy").failure?.code).toMatch(/^(dlm-policy-error|copy-never-appeared)$/);
  });

  it.each([
    ["targets another tag", "policy-misses-volume", { targetTag: { key: "Snapshot", value: "TRUE" } }],
    ["copies to another Region", "policy-copies-elsewhere", { copiedTo: "eu-west-1" }],
    ["makes copies that carry no tags", "policy-copies-untagged", { copyTags: false }],
  ] as const)("that %s is noticed before anything is waited for", async (_what, code, options) => {
    const policyId = await newPolicy(rehearsal, options);
    const wait = { ...WAIT, with: { ...WAIT.with, policyId } };
    const run = await rehearsal.run({ prepare: [MARKER, wait] });
    const { failure, startedAt, finishedAt } = stepOf(run, "copy");
    expect(failure).toMatchObject({ code, fixer: "operator", resourceId: policyId, next: expect.any(String) });
    expect(failure?.message).toContain(policyId);
    expect(finishedAt!.mono - startedAt.mono).toBeLessThan(60_000);
  });
});

describe("a policy with several schedules", () => {
  const hourly = {
    Name: "hourly",
    CreateRule: { Interval: 1, IntervalUnit: "HOURS" as const, Times: ["00:30"] },
    RetainRule: { Count: 24 },
    CopyTags: true,
  };

  it("is followed by the one that copies to the DR Region, for the wait and for the worst case", async () => {
    await newPolicy(rehearsal, { others: [hourly] });
    const run = await rehearsal.run({ prepare: [MARKER, WAIT] });
    expect(stepOf(run, "copy").failure).toBeUndefined();
    const source = rehearsal.sandbox.services.ec2
      .region(PRIMARY)
      .snapshots.get(String(outputsOf(run, "copy")["sourceSnapshotId"]));
    expect(source.startedAt).toBeGreaterThanOrEqual(Date.parse("2026-11-20T23:45:00Z"));
    expect(run.record.recoveryPoint.schedule).toEqual({ intervalMs: 24 * HOUR, startWindowMs: HOUR });
  });
});

it.each([
  [1, true],
  [2, false],
])(
  "copies of a daily policy that are kept for %i days leave nothing to recover from now and then: %s",
  async (keptDays, told) => {
    const policyId = await newPolicy(rehearsal, { keptDays });
    const run = await rehearsal.run({ prepare: [MARKER, WAIT] });
    const findings = run.record.findings.filter(({ code }) => code === "copies-kept-too-short");
    expect(findings).toMatchObject(told ? [{ severity: "warning", resourceId: policyId }] : []);
  },
);

it("a disabled policy beside the one that works is ignored", async () => {
  await newPolicy(rehearsal, { state: "DISABLED" });
  const policyId = await newPolicy(rehearsal);
  const run = await rehearsal.run({ prepare: [MARKER, WAIT] });
  expect(outputsOf(run, "copy")).toMatchObject({ policyId });
});

it("a schedule in AWS's cron steps is read", async () => {
  await newPolicy(rehearsal, { createRule: { CronExpression: "cron(0 0/6 * * ? *)" } });
  const run = await rehearsal.run({ prepare: [MARKER, WAIT] });
  expect(stepOf(run, "copy").failure).toBeUndefined();
  expect(run.record.recoveryPoint.schedule).toEqual({ intervalMs: 6 * HOUR, startWindowMs: HOUR });
});

it("two volumes whose copies look the same are not told apart by guessing", async () => {
  const ec2 = new EC2(clientSettings(rehearsal.sandbox, PRIMARY));
  await ec2.createVolume({
    AvailabilityZone: "us-east-1a",
    Size: 8,
    TagSpecifications: [
      {
        ResourceType: "volume",
        Tags: [{ Key: "Snapshot", Value: "true" }],
      },
    ],
  });
  ec2.destroy();
  await newPolicy(rehearsal);
  const marker = { ...MARKER, with: { volumeId: rehearsal.existing.volumeId } };
  const run = await rehearsal.run({ prepare: [marker, WAIT] });
  expect(stepOf(run, "copy").failure).toMatchObject({ code: "copy-ambiguous", fixer: "drill author" });
});
