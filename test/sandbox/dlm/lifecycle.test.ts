import { DLM, type PolicyDetails, type Schedule } from "@aws-sdk/client-dlm";
import type { Snapshot } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clientSettings } from "../client-settings.ts";
import { handDriven, HOUR, MINUTE, refusal, type HandDriven } from "../hand-driven.ts";

const DAY = 24 * HOUR;
const ROLE = "arn:aws:iam::111122223333:role/dlm";

let driven: HandDriven;
let dlm: DLM;
let volumeId: string;
let keyArn: string;

beforeEach(async () => {
  driven = await handDriven({ throttling: false });
  dlm = new DLM(clientSettings(driven.sandbox));
  const trust = [{ Effect: "Allow", Principal: { Service: "dlm.amazonaws.com" }, Action: "sts:AssumeRole" }];
  await driven.iam().createRole({ RoleName: "dlm", AssumeRolePolicyDocument: JSON.stringify({ Statement: trust }) });
  await permit("ec2:*", "kms:*");
  keyArn = (await driven.kms("us-west-2").createKey({})).KeyMetadata!.Arn!;
  volumeId = await newVolume({ Snapshot: "true", Name: "data" });
  await driven.pass(MINUTE);
});
afterEach(() => driven.close());

async function permit(...actions: string[]): Promise<void> {
  const document = JSON.stringify({ Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });
  await driven.iam().putRolePolicy({ RoleName: "dlm", PolicyName: "p", PolicyDocument: document });
}

async function newVolume(tags: Record<string, string>): Promise<string> {
  const tagged = [
    { ResourceType: "volume" as const, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
  ];
  const volume = await driven
    .ec2("us-east-1")
    .createVolume({ AvailabilityZone: "us-east-1a", Size: 1, TagSpecifications: tagged });
  return volume.VolumeId!;
}

function daily(changes: Partial<Schedule> = {}): Schedule {
  return {
    Name: "2 weeks of daily snapshots",
    CreateRule: { Interval: 24, IntervalUnit: "HOURS", Times: ["23:45"] },
    RetainRule: { Count: 14 },
    TagsToAdd: [{ Key: "SnapshotCreator", Value: "DLM" }],
    CopyTags: true,
    CrossRegionCopyRules: [
      {
        Target: "us-west-2",
        Encrypted: true,
        CmkArn: keyArn,
        CopyTags: true,
        RetainRule: { Interval: 30, IntervalUnit: "DAYS" },
      },
    ],
    ...changes,
  };
}

async function newPolicy(schedule: Schedule = daily(), details: Partial<PolicyDetails> = {}): Promise<string> {
  const { PolicyId: id } = await dlm.createLifecyclePolicy({
    Description: "daily",
    State: "ENABLED",
    ExecutionRoleArn: ROLE,
    PolicyDetails: {
      ResourceTypes: ["VOLUME"],
      TargetTags: [{ Key: "Snapshot", Value: "true" }],
      Schedules: [schedule],
      ...details,
    },
  });
  return id!;
}

async function snapshots(region = "us-east-1"): Promise<Snapshot[]> {
  return (await driven.ec2(region).describeSnapshots({ OwnerIds: ["self"] })).Snapshots ?? [];
}

const tagsOf = (snapshot: Snapshot | undefined) =>
  Object.fromEntries((snapshot?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
const stateOf = async (id: string) => (await dlm.getLifecyclePolicy({ PolicyId: id })).Policy;

describe("a policy", () => {
  it("snapshots its targets within the hour after its time, and no others", async () => {
    await newVolume({ Snapshot: "True" });
    const id = await newPolicy();
    await driven.pass(14 * HOUR + 40 * MINUTE);
    expect(await snapshots()).toEqual([]);
    await driven.pass(70 * MINUTE);
    const [made, ...others] = await snapshots();
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      VolumeId: volumeId,
      Description: `Created for policy: ${id} schedule: 2 weeks of daily snapshots`,
    });
    expect(made!.StartTime!.toISOString()).toMatch(/^2026-11-(20T23:(4[5-9]|5)|21T00:([0-3]|4[0-5]))/);
    expect(tagsOf(made)).toEqual({
      Snapshot: "true",
      Name: "data",
      SnapshotCreator: "DLM",
      "aws:dlm:lifecycle-policy-id": id,
      "aws:dlm:lifecycle-schedule-name": "2 weeks of daily snapshots",
      "dlm:managed": "true",
    });
  });

  it("copies to the other Region with the key and the user's tags only", async () => {
    await newPolicy();
    await driven.pass(18 * HOUR);
    const [copy, ...others] = await snapshots("us-west-2");
    expect(others).toEqual([]);
    expect(copy).toMatchObject({ State: "completed", Encrypted: true, KmsKeyId: keyArn, VolumeId: "vol-ffffffff" });
    expect(tagsOf(copy)).toEqual({ Snapshot: "true", Name: "data", SnapshotCreator: "DLM" });
    const [source] = await snapshots();
    expect(copy!.StartTime!.getTime()).toBeGreaterThan(source!.CompletionTime!.getTime());
  });

  it("copies no tags unless it is told to", async () => {
    await newPolicy(daily({ CrossRegionCopyRules: [{ Target: "us-west-2", Encrypted: false }] }));
    await driven.pass(18 * HOUR);
    const [copy] = await snapshots("us-west-2");
    expect(copy).toMatchObject({ State: "completed", Encrypted: false });
    expect(tagsOf(copy)).toEqual({});
  });

  it("keeps as many as it says, and copies for as long as it says", async () => {
    const copyRule = {
      Target: "us-west-2",
      Encrypted: false,
      RetainRule: { Interval: 4, IntervalUnit: "DAYS" as const },
    };
    await newPolicy(daily({ RetainRule: { Count: 2 }, CrossRegionCopyRules: [copyRule] }));
    await driven.pass(10 * DAY);
    expect(await snapshots()).toHaveLength(2);
    expect(await snapshots("us-west-2")).toHaveLength(4);
    const newest = Math.max(...(await snapshots()).map(({ StartTime }) => StartTime!.getTime()));
    expect(driven.clock.now() - newest).toBeLessThan(25 * HOUR);
  });

  it("lets snapshots expire by age, and says so in a tag", async () => {
    await newPolicy(daily({ RetainRule: { Interval: 3, IntervalUnit: "DAYS" }, CrossRegionCopyRules: [] }));
    await driven.pass(18 * HOUR);
    const [first] = await snapshots();
    expect(Date.parse(tagsOf(first)["aws:dlm:expirationTime"]!) - first!.StartTime!.getTime()).toBe(3 * DAY);
    await driven.pass(10 * DAY);
    const left = await snapshots();
    expect(left).toHaveLength(3);
    expect(left.map(({ SnapshotId }) => SnapshotId)).not.toContain(first!.SnapshotId);
  });

  it("needs one of its tags, not all", async () => {
    const other = await newVolume({ Backup: "yes" });
    await newPolicy(daily(), {
      TargetTags: [
        { Key: "Snapshot", Value: "true" },
        { Key: "Backup", Value: "yes" },
      ],
    });
    await driven.pass(18 * HOUR);
    expect((await snapshots()).map(({ VolumeId }) => VolumeId).sort()).toEqual([volumeId, other].sort());
  });

  it("stops when it is deleted, and leaves what it made", async () => {
    const id = await newPolicy();
    await driven.pass(18 * HOUR);
    await dlm.deleteLifecyclePolicy({ PolicyId: id });
    await driven.pass(60 * DAY);
    expect([(await snapshots()).length, (await snapshots("us-west-2")).length]).toEqual([1, 1]);
    expect(await refusal(dlm.getLifecyclePolicy({ PolicyId: id }))).toMatch(/^ResourceNotFoundException:/);
  });

  it("rests while it is disabled", async () => {
    const id = await newPolicy();
    await dlm.updateLifecyclePolicy({ PolicyId: id, State: "DISABLED" });
    await driven.pass(3 * DAY);
    expect(await snapshots()).toEqual([]);
    await dlm.updateLifecyclePolicy({ PolicyId: id, State: "ENABLED" });
    await driven.pass(DAY + 2 * HOUR);
    expect(await snapshots()).toHaveLength(1);
  });

  it("follows an update and not what it was before", async () => {
    const id = await newPolicy();
    const twice = daily({ CreateRule: { Interval: 12, IntervalUnit: "HOURS", Times: ["10:00"] } });
    const details = {
      ResourceTypes: ["VOLUME" as const],
      TargetTags: [{ Key: "Snapshot", Value: "true" }],
      Schedules: [twice],
    };
    await dlm.updateLifecyclePolicy({ PolicyId: id, PolicyDetails: details });
    await driven.pass(DAY - HOUR);
    expect(await snapshots()).toHaveLength(2);
  });
});

describe("a policy whose role lacks a permission", () => {
  const cases: [string, string[], { sources: number; copies: number }][] = [
    ["to snapshot", ["ec2:DescribeVolumes", "ec2:CreateTags"], { sources: 0, copies: 0 }],
    ["to tag", ["ec2:DescribeVolumes", "ec2:CreateSnapshot"], { sources: 0, copies: 0 }],
    ["to look", ["ec2:CreateSnapshot", "ec2:CreateTags"], { sources: 0, copies: 0 }],
    ["to copy", ["ec2:DescribeVolumes", "ec2:CreateSnapshot", "ec2:CreateTags", "kms:*"], { sources: 1, copies: 0 }],
  ];
  it.each(cases)("%s goes to ERROR and stays there", async (_what, actions, expected) => {
    await permit(...actions);
    const id = await newPolicy();
    await driven.pass(3 * DAY);
    expect(await stateOf(id)).toMatchObject({
      State: "ERROR",
      StatusMessage: "Role provided does not have sufficient permissions",
    });
    expect({ sources: (await snapshots()).length, copies: (await snapshots("us-west-2")).length }).toEqual(expected);
    expect(driven.history("dlm.policy", id)).toEqual(["ENABLED", "ERROR"]);
  });

  it("works again once the role is mended and the policy enabled", async () => {
    await permit("ec2:Describe*");
    const id = await newPolicy();
    await driven.pass(DAY);
    await permit("ec2:*", "kms:*");
    await dlm.updateLifecyclePolicy({ PolicyId: id, State: "ENABLED" });
    await driven.pass(DAY);
    expect(await stateOf(id)).toMatchObject({ State: "ENABLED", StatusMessage: "ENABLED" });
    expect(await snapshots()).toHaveLength(1);
  });

  it("for the key fails silently: the copy appears and ends in error", async () => {
    await permit("ec2:*");
    const id = await newPolicy();
    await driven.pass(18 * HOUR);
    expect(await snapshots("us-west-2")).toMatchObject([
      { State: "error", StateMessage: "Given key ID is not accessible" },
    ]);
    expect((await stateOf(id))?.State).toBe("ENABLED");
  });
});

describe("what DLM refuses", () => {
  const refused = (schedule: Partial<Schedule>, details: Partial<PolicyDetails> = {}) =>
    refusal(newPolicy(daily(schedule), details));

  it.each<[string, Partial<Schedule>, Partial<PolicyDetails>?]>([
    ["an interval that does not divide a day", { CreateRule: { Interval: 5, IntervalUnit: "HOURS" } }],
    ["a time that is none", { CreateRule: { Interval: 24, IntervalUnit: "HOURS", Times: ["24:00"] } }],
    ["two times", { CreateRule: { Interval: 24, IntervalUnit: "HOURS", Times: ["01:00", "02:00"] } }],
    [
      "cron and interval together",
      { CreateRule: { Interval: 24, IntervalUnit: "HOURS", CronExpression: "cron(0 1 * * ? *)" } },
    ],
    ["cron below an hour", { CreateRule: { CronExpression: "cron(0/30 * * * ? *)" } }],
    ["no retention", { RetainRule: {} }],
    ["a count of none", { RetainRule: { Count: 0 } }],
    ["a count above 1000", { RetainRule: { Count: 1001 } }],
    ["a copy to where it is", { CrossRegionCopyRules: [{ Target: "us-east-1", Encrypted: true }] }],
    ["a copy to nowhere", { CrossRegionCopyRules: [{ Target: "us-moon-1", Encrypted: true }] }],
    [
      "two copies to one Region",
      {
        CrossRegionCopyRules: [
          { Target: "us-west-2", Encrypted: true },
          { Target: "us-west-2", Encrypted: false },
        ],
      },
    ],
    [
      "a key of another Region",
      {
        CrossRegionCopyRules: [
          { Target: "eu-west-1", Encrypted: true, CmkArn: "arn:aws:kms:us-west-2:111122223333:key/x" },
        ],
      },
    ],
    [
      "a copy that does not say whether it is encrypted",
      { CrossRegionCopyRules: [{ Target: "us-west-2", Encrypted: undefined }] },
    ],
    ["a tag of AWS's own", { TagsToAdd: [{ Key: "aws:x", Value: "y" }] }],
    ["no targets", {}, { TargetTags: [] }],
    ["no schedule", {}, { Schedules: [] }],
  ])("%s", async (_what, schedule, details) => {
    expect(await refused(schedule, details)).toMatch(/^InvalidRequestException:/);
    expect((await dlm.getLifecyclePolicies({})).Policies).toEqual([]);
  });

  it("a role that it cannot assume", async () => {
    const trust = [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }];
    await driven
      .iam()
      .updateAssumeRolePolicy({ RoleName: "dlm", PolicyDocument: JSON.stringify({ Statement: trust }) });
    expect(await refused({})).toMatch(/cannot be assumed by dlm.amazonaws.com$/);
  });

  it("and what the sandbox does not have", async () => {
    expect(await refused({}, { PolicyType: "IMAGE_MANAGEMENT" })).toMatch(
      /IMAGE_MANAGEMENT .* not implemented by the gameday sandbox$/,
    );
  });
});
