import type { EC2, VolumeAttachment } from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, it } from "vitest";
import { faultSchema, type DeclaredFault } from "../../../src/sandbox/faults/fault.ts";
import { inject } from "../../../src/sandbox/faults/inject.ts";
import { seedExistingInstance } from "../../../src/sandbox/seed.ts";
import { send } from "../signed-request.ts";
import { handDriven, MINUTE, refusal, SECOND, type HandDriven } from "../hand-driven.ts";

type Given = Record<string, unknown> & { does: DeclaredFault["does"] };

let aws: HandDriven | undefined;
afterEach(() => aws?.close());

const declared = (given: Given) => faultSchema.parse({ name: "it", says: "it happens", ...given });
const VOLUME = { AvailabilityZone: "us-west-2a", Size: 1 };

async function faulty(given: Given): Promise<{ aws: HandDriven; ec2: EC2; strikes: () => readonly string[] }> {
  const injection = inject(declared(given));
  aws = await handDriven({ throttling: false, interceptors: [injection.interceptor] });
  const strikes = () => injection.strikes.map(({ operation, region }) => `${operation} in ${region}`);
  return { aws, ec2: aws.ec2("us-west-2"), strikes };
}

const volumesOf = async (ec2: EC2) => (await ec2.describeVolumes({})).Volumes ?? [];

describe("which calls are struck", () => {
  it.each([
    [{ times: 2 }, [0, 1]],
    [{ from: 3 }, [2]],
    [{ from: 2, times: "always" }, [1, 2, 3]],
    [{ region: "us-east-1", times: "always" }, []],
    [{ on: "writes", times: "always" }, []],
    [{ on: ["ssm:*", "ec2:Describe?olumes"], times: 1 }, [0]],
    [{ since: "ec2:DeleteVolume", times: "always" }, []],
  ])("%j", async (which, struck) => {
    const { ec2 } = await faulty({ does: "deny", ...which });
    const outcomes: number[] = [];
    for (let call = 0; call < 4; call++) {
      const failed = await refusal(ec2.describeVolumes({}));
      if (failed.startsWith("UnauthorizedOperation: You are not authorized")) outcomes.push(call);
    }
    expect(outcomes).toEqual(struck);
  });

  it("`since` counts from the first call of those operations, that call included", async () => {
    const { ec2, strikes } = await faulty({ does: "throttle", since: "ec2:Create*", times: 2 });
    await ec2.describeVolumes({});
    expect(await refusal(ec2.createVolume(VOLUME))).toBe("RequestLimitExceeded: Request limit exceeded.");
    expect(await refusal(ec2.describeVolumes({}))).toContain("RequestLimitExceeded");
    await ec2.describeVolumes({});
    expect(strikes()).toEqual(["ec2:CreateVolume in us-west-2", "ec2:DescribeVolumes in us-west-2"]);
  });

  it("`spreads`: from its first strike on everything is struck", async () => {
    const { aws: all, ec2 } = await faulty({ does: "expire", on: "ec2:CreateVolume", spreads: true });
    await ec2.describeVolumes({});
    expect(await refusal(ec2.createVolume(VOLUME))).toBe("RequestExpired: Request has expired.");
    expect(await refusal(ec2.describeVolumes({}))).toContain("RequestExpired");
    expect(await refusal(all.ssm("us-east-1").listCommands({}))).toContain("ExpiredTokenException");
  });
});

describe("what happens to them", () => {
  it.each<[Given, RegExp, number]>([
    [{ does: "throttle" }, /^RequestLimitExceeded/, 0],
    [{ does: "server-error" }, /^InternalError/, 0],
    [{ does: "server-error", when: "after" }, /^Unknown/, 1],
    [{ does: "html" }, /^Unknown/, 0],
    [{ does: "html", when: "after" }, /^Unknown/, 1],
    [{ does: "reset" }, /socket hang up|ECONNRESET/, 0],
    [{ does: "reset", when: "after" }, /socket hang up|ECONNRESET/, 1],
    [{ does: "truncate" }, /aborted|ECONNRESET|terminated/i, 1],
    [
      { does: "error", code: "VolumeLimitExceeded", message: "Too many.", status: 400 },
      /^VolumeLimitExceeded: Too many\.$/,
      0,
    ],
  ])("%j", async (given, error, made) => {
    const { ec2 } = await faulty({ on: "ec2:CreateVolume", ...given });
    expect(await refusal(ec2.createVolume(VOLUME))).toMatch(error);
    expect(await volumesOf(ec2)).toHaveLength(made);
  });

  it.each([
    ["before", 0],
    ["after", 1],
  ])("a silent server (%s the effect) is left by the client's own time-out", async (when, made) => {
    const { aws: all, ec2, strikes } = await faulty({ does: "hang", when, on: "ec2:CreateVolume" });
    const timeOut = new AbortController();
    const impatient = refusal(ec2.createVolume(VOLUME, { abortSignal: timeOut.signal }));
    await expect.poll(strikes).toHaveLength(1);
    await expect.poll(() => volumesOf(all.ec2("us-west-2"))).toHaveLength(made);
    timeOut.abort();
    expect(await impatient).toMatch(/abort/i);
    expect(await volumesOf(all.ec2("us-west-2"))).toHaveLength(made);
  });

  it("the Date header is of AWS's clock", async () => {
    const { aws: all } = await faulty({ does: "skew", minutes: -60, times: "always" });
    const answer = await send(all.sandbox, {
      service: "sts",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    expect(answer.status).toBe(200);
    const ahead = Date.parse(answer.headers.get("date") ?? "") - all.clock.now();
    expect(Math.abs(ahead + 60 * MINUTE)).toBeLessThan(5 * SECOND);
  });
});

describe("what was made", () => {
  it("is hidden: not listed, not found by its id, not deletable, until its time has come", async () => {
    const { aws: all, ec2 } = await faulty({ does: "hide", on: "ec2:CreateVolume", seconds: 40 });
    const { VolumeId: id = "" } = await ec2.createVolume(VOLUME);
    expect(await volumesOf(ec2)).toEqual([]);
    expect(await refusal(ec2.describeVolumes({ VolumeIds: [id] }))).toContain("InvalidVolume.NotFound");
    expect(await refusal(ec2.deleteVolume({ VolumeId: id }))).toContain("InvalidVolume.NotFound");
    await all.pass(41 * SECOND);
    expect((await volumesOf(ec2)).map(({ VolumeId, State }) => [VolumeId, State])).toEqual([[id, "available"]]);
  });

  it("is hidden and its answer is lost", async () => {
    const { aws: all, ec2 } = await faulty({ does: "hide", on: "ec2:CreateVolume", seconds: 40, lost: true });
    expect(await refusal(ec2.createVolume(VOLUME))).toMatch(/socket hang up|ECONNRESET/);
    expect(await volumesOf(ec2)).toEqual([]);
    await all.pass(41 * SECOND);
    expect(await volumesOf(ec2)).toHaveLength(1);
  });

  it.each([
    ["stick", "creating", "IncorrectState: The volume '%' is 'creating'"],
    ["fail", "error", "no error"],
  ] as const)("a volume: %s", async (does, state, onDelete) => {
    const { aws: all, ec2 } = await faulty({ does, on: "ec2:CreateVolume" });
    const { VolumeId: id = "" } = await ec2.createVolume(VOLUME);
    await all.pass(60 * MINUTE);
    expect((await volumesOf(ec2))[0]?.State).toBe(state);
    expect(await refusal(ec2.deleteVolume({ VolumeId: id }))).toBe(onDelete.replace("%", id));
  });

  it.each([
    ["stick", "pending", "42%", undefined],
    ["fail", "error", "42%", "Internal error"],
  ] as const)("a snapshot: %s", async (does, state, progress, message) => {
    const { aws: all, ec2 } = await faulty({ does, on: "ec2:CreateSnapshot" });
    const { VolumeId } = await ec2.createVolume(VOLUME);
    await all.pass(MINUTE);
    const { SnapshotId = "" } = await ec2.createSnapshot({ VolumeId });
    await all.pass(60 * MINUTE);
    const [seen] = (await ec2.describeSnapshots({ OwnerIds: ["self"] })).Snapshots ?? [];
    expect(seen).toMatchObject({ SnapshotId, State: state, Progress: progress });
    expect([seen?.StateMessage, seen?.CompletionTime]).toEqual([message, undefined]);
    await ec2.deleteSnapshot({ SnapshotId });
    expect((await ec2.describeSnapshots({ OwnerIds: ["self"] })).Snapshots).toEqual([]);
  });

  it.each([
    ["stick", "pending", "initializing", undefined],
    ["fail", "terminated", "not-applicable", "Server.InternalError: Internal error"],
  ] as const)("an instance: %s", async (does, state, status, reason) => {
    const { aws: all, ec2 } = await faulty({ does, on: "ec2:RunInstances" });
    const { Images } = await ec2.describeImages({ Owners: ["amazon"] });
    const { Instances } = await ec2.runInstances({
      ImageId: Images?.[0]?.ImageId,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
    });
    const InstanceId = Instances?.[0]?.InstanceId ?? "";
    await all.pass(20 * MINUTE);
    const seen = (await ec2.describeInstances({ InstanceIds: [InstanceId] })).Reservations?.[0]?.Instances?.[0];
    expect([seen?.State?.Name, seen?.StateReason?.Message]).toEqual([state, reason]);
    const { InstanceStatuses } = await ec2.describeInstanceStatus({
      InstanceIds: [InstanceId],
      IncludeAllInstances: true,
    });
    expect(InstanceStatuses?.[0]?.SystemStatus?.Status).toBe(status);
    expect((await all.ssm("us-west-2").describeInstanceInformation({})).InstanceInformationList).toEqual([]);
    await ec2.terminateInstances({ InstanceIds: [InstanceId] });
    await all.pass(5 * MINUTE);
    const after = (await ec2.describeInstances({ InstanceIds: [InstanceId] })).Reservations?.[0]?.Instances?.[0];
    expect(after?.State?.Name).toBe("terminated");
  });

  it.each([
    ["stick", "in-use", "attaching"],
    ["fail", "available", undefined],
  ] as const)("an attachment: %s", async (does, state, link) => {
    const { aws: all } = await faulty({ does, on: "ec2:AttachVolume" });
    const { instanceId, availabilityZone } = await seedExistingInstance(all.sandbox, {
      region: "us-east-1",
      drRegion: "us-west-2",
    });
    const ec2 = all.ec2("us-east-1");
    const { VolumeId = "" } = await ec2.createVolume({ AvailabilityZone: availabilityZone, Size: 1 });
    await all.pass(MINUTE);
    await ec2.attachVolume({ VolumeId, InstanceId: instanceId, Device: "/dev/sdg" });
    await all.pass(MINUTE);
    const look = async () => (await ec2.describeVolumes({ VolumeIds: [VolumeId] })).Volumes?.[0];
    const linkOf = (links: readonly VolumeAttachment[] = []) => links[0]?.State;
    expect([(await look())?.State, linkOf((await look())?.Attachments)]).toEqual([state, link]);
    await ec2.detachVolume({ VolumeId });
    await all.pass(MINUTE);
    expect((await look())?.State).toBe("available");
  });

  it.each([
    ["stick", "InProgress"],
    ["fail", "Failed"],
  ] as const)("a command: %s", async (does, status) => {
    const { aws: all } = await faulty({ does, on: "ssm:SendCommand" });
    const { instanceId } = await seedExistingInstance(all.sandbox, { region: "us-east-1", drRegion: "us-west-2" });
    const ssm = all.ssm("us-east-1");
    const { Command } = await ssm.sendCommand({
      DocumentName: "AWS-RunShellScript",
      InstanceIds: [instanceId],
      Parameters: { commands: ["true"] },
    });
    const CommandId = Command?.CommandId ?? "";
    await all.pass(MINUTE);
    await all.sandbox.services.commands.finished(CommandId);
    const seen = await ssm.getCommandInvocation({ CommandId, InstanceId: instanceId });
    expect(seen.Status).toBe(status);
  });
});
