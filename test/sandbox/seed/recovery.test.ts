import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seedExistingInstance, type ExistingInstance } from "../../../src/sandbox/seed.ts";
import { handDriven, HOUR, MINUTE, SECOND, type HandDriven } from "../hand-driven.ts";

let aws: HandDriven;
let existing: ExistingInstance;

beforeAll(async () => {
  aws = await handDriven();
  existing = await seedExistingInstance(aws.sandbox, { region: "us-east-1", drRegion: "us-west-2" });
});
afterAll(() => aws.close());

async function run(region: string, instanceId: string, ...commands: string[]): Promise<string> {
  const ssm = aws.ssm(region);
  const { Command } = await ssm.sendCommand({
    DocumentName: "AWS-RunShellScript",
    InstanceIds: [instanceId],
    Parameters: { commands },
  });
  await aws.pass(2 * SECOND);
  await aws.sandbox.services.commands.finished(Command!.CommandId!);
  const done = await ssm.getCommandInvocation({ CommandId: Command!.CommandId!, InstanceId: instanceId });
  expect(done).toMatchObject({ Status: "Success", StandardErrorContent: "" });
  return done.StandardOutputContent!;
}

const HASHES = `find . -type f | LC_ALL=C sort | xargs sha256sum`;

it("recovers the existing volume in the other Region, byte for byte", async () => {
  const [primary, dr] = [aws.ec2("us-east-1"), aws.ec2("us-west-2")];
  const source = (await primary.describeVolumes({ Filters: [{ Name: "tag:Snapshot", Values: ["true"] }] })).Volumes!;
  expect(source).toMatchObject([
    { VolumeId: existing.volumeId, State: "in-use", VolumeType: "gp3", Size: 8, Encrypted: false },
  ]);
  const before = await run("us-east-1", existing.instanceId, `cd "$INSTANCE_ROOT/data"`, HASHES);
  expect(before.split("\n").length).toBeGreaterThan(30);

  const { SnapshotId = "" } = await primary.createSnapshot({ VolumeId: existing.volumeId });
  await run("us-east-1", existing.instanceId, `echo later > "$INSTANCE_ROOT/data/later"`, "sync");
  await aws.pass(3 * MINUTE);
  const copy = await dr.copySnapshot({ SourceRegion: "us-east-1", SourceSnapshotId: SnapshotId });
  await aws.pass(HOUR);
  const [snapshot] = (await dr.describeSnapshots({ SnapshotIds: [copy.SnapshotId!] })).Snapshots!;
  expect(snapshot).toMatchObject({ State: "completed", Progress: "100%", VolumeId: "vol-ffffffff", Description: "" });

  const { VolumeId = "" } = await dr.createVolume({ SnapshotId: copy.SnapshotId!, AvailabilityZone: "us-west-2b" });
  const { Instances } = await dr.runInstances({
    ImageId: existing.host.imageId,
    InstanceType: "t3.micro",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: existing.host.subnetIds[1]!,
    IamInstanceProfile: { Name: existing.host.instanceProfile },
  });
  const instanceId = Instances![0]!.InstanceId!;
  await aws.pass(2 * MINUTE);
  await dr.attachVolume({ VolumeId, InstanceId: instanceId, Device: "/dev/sdf" });
  await aws.pass(MINUTE);
  const after = await run(
    "us-west-2",
    instanceId,
    "set -eu",
    `device="$INSTANCE_ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VolumeId.replace("-", "")}"`,
    `mkdir "$INSTANCE_ROOT/mnt/check"`,
    `mount -t ext4 -o ro,noload "$device" "$INSTANCE_ROOT/mnt/check"`,
    `cd "$INSTANCE_ROOT/mnt/check"`,
    HASHES,
    `cd / && umount "$INSTANCE_ROOT/mnt/check"`,
  );
  expect(createHash("sha256").update(after).digest("hex")).toBe(createHash("sha256").update(before).digest("hex"));

  await dr.detachVolume({ VolumeId });
  await aws.pass(MINUTE);
  await dr.deleteVolume({ VolumeId });
  await dr.terminateInstances({ InstanceIds: [instanceId] });
  await dr.deleteSnapshot({ SnapshotId: copy.SnapshotId! });
  await aws.pass(2 * HOUR);
  const left = (await aws.sandbox.inventory()).filter(
    ({ region, type }) => region === "us-west-2" && type.startsWith("ec2."),
  );
  expect(left).toEqual([]);
});
