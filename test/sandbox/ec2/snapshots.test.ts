import type { EC2 } from "@aws-sdk/client-ec2";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handDriven, HOUR, MINUTE, refusal, SECOND, type HandDriven } from "../hand-driven.ts";

let aws: HandDriven;
let east: EC2;
let west: EC2;

beforeAll(async () => {
  aws = await handDriven({ throttling: false });
  east = aws.ec2("us-east-1");
  west = aws.ec2("us-west-2");
});
afterAll(() => aws.close());

async function volume(input: object = {}): Promise<string> {
  const { VolumeId } = await east.createVolume({
    AvailabilityZone: "us-east-1a",
    Size: 1,
    VolumeType: "gp3",
    ...input,
  });
  await aws.pass(MINUTE);
  return VolumeId!;
}

async function completed(volumeId: string): Promise<string> {
  const { SnapshotId } = await east.createSnapshot({ VolumeId: volumeId });
  await aws.pass(5 * MINUTE);
  return SnapshotId!;
}

const describeOne = async (ec2: EC2, id: string) => (await ec2.describeSnapshots({ SnapshotIds: [id] })).Snapshots![0]!;
const fromEast = (SourceSnapshotId: string) => ({ SourceRegion: "us-east-1", SourceSnapshotId });

describe("a snapshot", () => {
  it("is pending with a progress that is not linear, then completed with both of its times", async () => {
    const started = await east.createSnapshot({ VolumeId: await volume(), Description: "d" });
    expect(started).toMatchObject({
      State: "pending",
      Progress: "",
      VolumeSize: 1,
      Description: "d",
      Encrypted: false,
    });
    const id = started.SnapshotId!;
    const seen: number[] = [];
    for (let waited = 0; waited < 3 * MINUTE; waited += 5 * SECOND) {
      const { State, Progress = "", CompletionTime } = await describeOne(east, id);
      if (State === "pending") expect(CompletionTime).toBeUndefined();
      seen.push(parseInt(Progress, 10));
      await aws.pass(5 * SECOND);
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.slice(0, 2)).toEqual([0, 0]);
    const done = await describeOne(east, id);
    const log = aws.sandbox.world.log.find((entry) => entry.id === id && entry.state === "completed")!;
    expect(done).toMatchObject({
      State: "completed",
      Progress: "100%",
      StorageTier: "standard",
      FullSnapshotSizeInBytes: 0,
    });
    expect(done.StartTime!.getTime()).toBe(started.StartTime!.getTime());
    expect(done.CompletionTime!.getTime()).toBe(Math.floor(log.at));
  });

  it("holds the bytes of the instant of the call", async () => {
    const id = await volume();
    const { disk } = aws.sandbox.services.ec2.region("us-east-1").volumes.get(id);
    await writeFile(disk!.path, "before", { flag: "r+" });
    const { SnapshotId } = await east.createSnapshot({ VolumeId: id });
    await writeFile(disk!.path, "after!", { flag: "r+" });
    await aws.pass(5 * MINUTE);
    const { blocks } = aws.sandbox.services.ec2.region("us-east-1").snapshots.get(SnapshotId);
    const block = await aws.sandbox.services.ec2.store.get(blocks.blocks.get(0)!);
    expect(block.toString("latin1", 0, 6)).toBe("before");
  });

  it("is refused too soon after another, and when too many are pending", async () => {
    const [id, hdd] = [await volume(), await volume({ VolumeType: "st1", Size: 125 })];
    await east.createSnapshot({ VolumeId: id });
    expect(await refusal(east.createSnapshot({ VolumeId: id }))).toMatch("SnapshotCreationPerVolumeRateExceeded: ");
    await east.createSnapshot({ VolumeId: hdd });
    await aws.pass(15 * SECOND);
    expect(await refusal(east.createSnapshot({ VolumeId: hdd }))).toMatch("ConcurrentSnapshotLimitExceeded: ");
    expect(await refusal(east.createSnapshot({ VolumeId: id }))).toBe("no error");
  });

  it("is deleted, and then unknown", async () => {
    const id = await completed(await volume());
    await east.deleteSnapshot({ SnapshotId: id });
    expect(await refusal(describeOne(east, id))).toBe(`InvalidSnapshot.NotFound: The snapshot '${id}' does not exist.`);
    expect(aws.history("ec2.snapshot", id)).toEqual(["pending", "completed", "deleted"]);
  });
});

describe("a copy", () => {
  it("is a snapshot of its own that says nothing of its source", async () => {
    const source = await completed(await volume());
    await east.createTags({ Resources: [source], Tags: [{ Key: "Name", Value: "x" }] });
    const { SnapshotId: id = "", Tags } = await west.copySnapshot({
      ...fromEast(source),
      TagSpecifications: [{ ResourceType: "snapshot", Tags: [{ Key: "k", Value: "v" }] }],
    });
    expect(Tags).toEqual([{ Key: "k", Value: "v" }]);
    const copy = await describeOne(west, id);
    const original = await describeOne(east, source);
    expect(copy).toMatchObject({
      State: "pending",
      VolumeId: "vol-ffffffff",
      Tags: [{ Key: "k", Value: "v" }],
      TransferType: "standard",
    });
    expect(copy.StartTime!.getTime()).toBeGreaterThan(original.StartTime!.getTime());
    expect(await refusal(describeOne(east, id))).toMatch("InvalidSnapshot.NotFound");
    await aws.pass(10 * MINUTE);
    expect((await describeOne(west, id)).State).toBe("pending");
    await aws.pass(HOUR);
    const done = await describeOne(west, id);
    const took = done.CompletionTime!.getTime() - done.StartTime!.getTime();
    expect(took).toBeGreaterThan(10 * MINUTE);
    expect(took).toBeLessThan(30 * MINUTE);
  });

  it("waits for an earlier one of the same volume", async () => {
    const id = await volume();
    const sources = [await completed(id), await completed(id)];
    const copies = await Promise.all(
      sources.map(async (source) => (await west.copySnapshot(fromEast(source))).SnapshotId!),
    );
    await aws.pass(2 * HOUR);
    const [first, second] = await Promise.all(copies.map((copy) => describeOne(west, copy)));
    const apart = Math.abs(second!.CompletionTime!.getTime() - first!.CompletionTime!.getTime());
    expect(apart).toBeGreaterThan(10 * MINUTE);
  });

  it("keeps a promised duration", async () => {
    const source = await completed(await volume());
    const promise = { ...fromEast(source), CompletionDurationMinutes: 15 };
    const { SnapshotId: id = "" } = await west.copySnapshot(promise);
    await aws.pass(15 * MINUTE);
    expect(await describeOne(west, id)).toMatchObject({
      State: "completed",
      TransferType: "time-based",
      CompletionDurationMinutes: 15,
    });
    expect(await refusal(west.copySnapshot({ ...promise, CompletionDurationMinutes: 20 }))).toMatch(
      "InvalidParameterValue: ",
    );
  });

  it("needs a completed source that is known in the Region it is said to be in", async () => {
    const { SnapshotId = "" } = await east.createSnapshot({ VolumeId: await volume() });
    expect(await refusal(west.copySnapshot(fromEast(SnapshotId)))).toMatch("IncorrectState: ");
    expect(await refusal(west.copySnapshot({ SourceRegion: "us-west-2", SourceSnapshotId: SnapshotId }))).toMatch(
      "InvalidSnapshot.NotFound: ",
    );
  });

  it("is refused while 20 are in progress in the Region", async () => {
    const region = aws.ec2("eu-west-1");
    const source = await completed(await volume());
    for (let n = 0; n < 20; n++) await region.copySnapshot(fromEast(source));
    expect(await refusal(region.copySnapshot(fromEast(source)))).toMatch("ResourceLimitExceeded: ");
    expect(await refusal(west.copySnapshot(fromEast(source)))).toBe("no error");
  });

  it("cannot undo encryption", async () => {
    const id = await completed(await volume({ Encrypted: true }));
    expect(await refusal(west.copySnapshot({ ...fromEast(id), Encrypted: false }))).toMatch("InvalidParameterValue: ");
    const { SnapshotId = "" } = await west.copySnapshot(fromEast(id));
    const copy = await describeOne(west, SnapshotId);
    expect(copy.Encrypted).toBe(true);
    expect(copy.KmsKeyId).toMatch("arn:aws:kms:us-west-2:");
    expect(copy.DataEncryptionKeyId).not.toBe((await describeOne(east, id)).DataEncryptionKeyId);
  });
});

describe("a key that cannot be used", () => {
  async function key(region: string) {
    const { KeyMetadata } = await aws.kms(region).createKey({});
    return KeyMetadata!.Arn!;
  }

  it("turns a pending copy into an error that says so, minutes later", async () => {
    const source = await completed(await volume());
    const KmsKeyId = await key("us-west-2");
    await aws.kms("us-west-2").disableKey({ KeyId: KmsKeyId });
    const { SnapshotId: id = "" } = await west.copySnapshot({ ...fromEast(source), Encrypted: true, KmsKeyId });
    expect(await describeOne(west, id)).toMatchObject({ State: "pending", KmsKeyId, Encrypted: true });
    await aws.pass(2 * MINUTE);
    expect(await describeOne(west, id)).toMatchObject({
      State: "error",
      StateMessage: "Given key ID is not accessible",
    });
    expect(aws.history("ec2.snapshot", id)).toEqual(["pending", "error"]);
  });

  it("lets a volume of the copy vanish when it was disabled after the copy", async () => {
    const KmsKeyId = await key("us-west-2");
    const source = await completed(await volume());
    const { SnapshotId: id = "" } = await west.copySnapshot({ ...fromEast(source), Encrypted: true, KmsKeyId });
    await aws.pass(HOUR);
    expect((await describeOne(west, id)).State).toBe("completed");
    await aws.kms("us-west-2").disableKey({ KeyId: KmsKeyId });
    const restored = await west.createVolume({ SnapshotId: id, AvailabilityZone: "us-west-2a" });
    expect(restored).toMatchObject({ State: "creating", Encrypted: true, KmsKeyId });
    await aws.pass(MINUTE);
    expect(await refusal(west.describeVolumes({ VolumeIds: [restored.VolumeId!] }))).toMatch(
      "InvalidVolume.NotFound: ",
    );
  });

  it("does not exist in the other Region", async () => {
    const source = await completed(await volume());
    const KmsKeyId = await key("us-east-1");
    const { SnapshotId: id = "" } = await west.copySnapshot({ ...fromEast(source), Encrypted: true, KmsKeyId });
    await aws.pass(2 * MINUTE);
    expect((await describeOne(west, id)).State).toBe("error");
  });
});

describe("describing snapshots", () => {
  it("takes every filter of the documentation that applies", async () => {
    const id = await completed(await volume());
    const { StartTime } = await describeOne(east, id);
    const filters = {
      description: "",
      encrypted: "false",
      "owner-id": aws.sandbox.account,
      progress: "100%",
      "snapshot-id": id,
      "start-time": `${StartTime!.toISOString().slice(0, 16)}*`,
      status: "completed",
      "storage-tier": "standard",
      "volume-size": "1",
    };
    const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }));
    const { Snapshots } = await east.describeSnapshots({ OwnerIds: ["self"], Filters });
    expect(Snapshots!.map(({ SnapshotId }) => SnapshotId)).toEqual([id]);
    expect((await east.describeSnapshots({ OwnerIds: ["amazon"] })).Snapshots).toEqual([]);
  });
});
