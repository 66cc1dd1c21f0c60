import { createHash, randomBytes } from "node:crypto";
import type { EBS } from "@aws-sdk/client-ebs";
import { open } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BLOCK_BYTES } from "../../../src/sandbox/disks/block-list.ts";
import { handDriven, HOUR, MINUTE, refusal, type HandDriven } from "../hand-driven.ts";

let aws: HandDriven;
let ebs: EBS;
let volumeId: string;
const BLOCKS = [0, 3, ...Array.from({ length: 120 }, (_, index) => 100 + index * 2)];
const content = new Map(BLOCKS.map((index) => [index, randomBytes(32)]));

beforeAll(async () => {
  aws = await handDriven({ throttling: false });
  ebs = aws.ebs("us-east-1");
  const { VolumeId } = await aws.ec2("us-east-1").createVolume({ AvailabilityZone: "us-east-1a", Size: 1 });
  volumeId = VolumeId!;
  await aws.pass(MINUTE);
  for (const [index, bytes] of content) await write(index, bytes);
});
afterAll(() => aws.close());

async function write(index: number, bytes: Buffer): Promise<void> {
  const { disk } = aws.sandbox.services.ec2.region("us-east-1").volumes.get(volumeId);
  const file = await open(disk!.path, "r+");
  await file.write(bytes, 0, bytes.length, index * BLOCK_BYTES);
  await file.close();
}

async function snapshot(): Promise<string> {
  const { SnapshotId } = await aws.ec2("us-east-1").createSnapshot({ VolumeId: volumeId });
  await aws.pass(5 * MINUTE);
  return SnapshotId!;
}

async function checksums(client: EBS, SnapshotId: string) {
  const { Blocks } = await client.listSnapshotBlocks({ SnapshotId });
  const all = Blocks!.map(async ({ BlockIndex, BlockToken }) => {
    const block = await client.getSnapshotBlock({ SnapshotId, BlockIndex: BlockIndex!, BlockToken: BlockToken! });
    const bytes = await block.BlockData!.transformToByteArray();
    expect(block).toMatchObject({ DataLength: BLOCK_BYTES, ChecksumAlgorithm: "SHA256" });
    expect(block.Checksum).toBe(createHash("sha256").update(bytes).digest("base64"));
    return [BlockIndex, block.Checksum] as const;
  });
  return new Map(await Promise.all(all));
}

describe("EBS direct", () => {
  it("lists the written blocks in pages and returns their bytes", async () => {
    const SnapshotId = await snapshot();
    const first = await ebs.listSnapshotBlocks({ SnapshotId, MaxResults: 100 });
    const second = await ebs.listSnapshotBlocks({ SnapshotId, MaxResults: 100, NextToken: first.NextToken });
    expect(first).toMatchObject({ BlockSize: BLOCK_BYTES, VolumeSize: 1 });
    expect([...first.Blocks!, ...second.Blocks!].map(({ BlockIndex }) => BlockIndex)).toEqual(BLOCKS);
    expect(second.NextToken).toBeUndefined();
    const [{ BlockToken = "" } = {}] = second.Blocks!.slice(-1);
    const BlockIndex = BLOCKS.at(-1)!;
    const { BlockData } = await ebs.getSnapshotBlock({ SnapshotId, BlockIndex, BlockToken });
    const bytes = await BlockData!.transformToByteArray();
    expect(Buffer.from(bytes.subarray(0, 32)).equals(content.get(BlockIndex)!)).toBe(true);
    const from = await ebs.listSnapshotBlocks({ SnapshotId, StartingBlockIndex: 101 });
    expect(from.Blocks![0]!.BlockIndex).toBe(102);
  });

  it("finds the same checksums in a copy, and shows which block was tampered with", async () => {
    const source = await snapshot();
    const west = aws.ec2("us-west-2");
    const { SnapshotId: copy = "" } = await west.copySnapshot({ SourceRegion: "us-east-1", SourceSnapshotId: source });
    expect(await refusal(aws.ebs("us-west-2").listSnapshotBlocks({ SnapshotId: copy }))).toMatch(
      "ValidationException: ",
    );
    await aws.pass(HOUR);
    const original = await checksums(ebs, source);
    expect(await checksums(aws.ebs("us-west-2"), copy)).toEqual(original);
    await aws.sandbox.services.ec2.tamper({ region: "us-west-2", snapshotId: copy, offset: 3 * BLOCK_BYTES + 9 });
    const tampered = await checksums(aws.ebs("us-west-2"), copy);
    expect([...original].filter(([index, sum]) => tampered.get(index) !== sum).map(([index]) => index)).toEqual([3]);
    expect(await checksums(ebs, source)).toEqual(original);
  });

  it("lists what changed between two snapshots of a volume, and of nothing else", async () => {
    const FirstSnapshotId = await snapshot();
    await write(7, Buffer.from("new"));
    await write(3, Buffer.alloc(BLOCK_BYTES));
    await write(0, Buffer.from("changed"));
    const SecondSnapshotId = await snapshot();
    const { ChangedBlocks } = await ebs.listChangedBlocks({ FirstSnapshotId, SecondSnapshotId });
    const seen = ChangedBlocks!.map((block) => [block.BlockIndex, !!block.FirstBlockToken, !!block.SecondBlockToken]);
    expect(seen).toEqual([[0, true, true], [3, true, false], [7, false, true]]); // prettier-ignore
    const other = await aws.ec2("us-east-1").createVolume({ AvailabilityZone: "us-east-1a", Size: 1 });
    await aws.pass(MINUTE);
    const { SnapshotId } = await aws.ec2("us-east-1").createSnapshot({ VolumeId: other.VolumeId! });
    await aws.pass(5 * MINUTE);
    const unrelated = ebs.listChangedBlocks({ FirstSnapshotId, SecondSnapshotId: SnapshotId! });
    expect(await refusal(unrelated)).toMatch("ValidationException: ");
  });

  it("refuses tokens that are old, foreign or made up, and pages that are too small", async () => {
    const SnapshotId = await snapshot();
    const { Blocks, NextToken } = await ebs.listSnapshotBlocks({ SnapshotId, MaxResults: 100 });
    const [{ BlockIndex = 0, BlockToken = "" } = {}] = Blocks!;
    const get = (input: object) => refusal(ebs.getSnapshotBlock({ SnapshotId, BlockIndex, BlockToken, ...input }));
    expect(await get({ BlockIndex: BLOCKS[5] })).toMatch("ValidationException: ");
    expect(await get({ BlockToken: "AAAA" })).toMatch("ValidationException: ");
    expect(await get({ SnapshotId: "snap-0123456789abcdef0" })).toMatch("ResourceNotFoundException: ");
    expect(await get({})).toBe("no error");
    expect(await refusal(ebs.listSnapshotBlocks({ SnapshotId, MaxResults: 99 }))).toMatch("ValidationException: ");
    await aws.pass(HOUR + MINUTE);
    expect(await refusal(ebs.listSnapshotBlocks({ SnapshotId, NextToken: NextToken! }))).toMatch(
      "ValidationException: ",
    );
    await aws.pass(7 * 24 * HOUR);
    expect(await get({})).toMatch("ValidationException: ");
  });
});
