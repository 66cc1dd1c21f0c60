import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BLOCK_BYTES, changedBlocks, incrementBytes } from "../../../src/sandbox/disks/block-list.ts";
import { BlockStore } from "../../../src/sandbox/disks/block-store.ts";
import { Disk } from "../../../src/sandbox/disks/disk.ts";
import { dataExtents, scannedExtents } from "../../../src/checksums/extents.ts";
import { readSparseMap } from "../../../src/checksums/sparse-map.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;
let folder: string;
let store: BlockStore;
let disk: Disk;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameday-disks-"));
  store = new BlockStore(join(folder, "blocks"));
  disk = await Disk.create(join(folder, "volume"), GIB, store);
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, bytes: Buffer, at: number): Promise<void> {
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

describe("a disk", () => {
  it("holds nothing while it is new", async () => {
    expect((await disk.capture()).blocks.size).toBe(0);
  });

  it("is captured as the blocks that are not all zero, in order, by SHA-256", async () => {
    const bytes = randomBytes(BLOCK_BYTES);
    await write(disk.path, bytes, 700 * BLOCK_BYTES);
    await write(disk.path, Buffer.from("x"), 3 * BLOCK_BYTES + 17);
    await write(disk.path, Buffer.alloc(BLOCK_BYTES), 5 * BLOCK_BYTES);
    const { blocks, volumeBytes } = await disk.capture();
    expect([...blocks.keys()]).toEqual([3, 700]);
    expect(blocks.get(700)).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(volumeBytes).toBe(GIB);
  });

  it("sees a write that follows a capture at once", async () => {
    await write(disk.path, Buffer.from("one"), 0);
    const first = await disk.capture();
    await write(disk.path, Buffer.from("two"), 0);
    expect((await disk.capture()).blocks.get(0)).not.toBe(first.blocks.get(0));
  });

  it("keeps equal blocks once", async () => {
    const bytes = randomBytes(BLOCK_BYTES);
    for (const index of [0, 9, 11]) await write(disk.path, bytes, index * BLOCK_BYTES);
    await disk.capture();
    expect(await readdir(join(folder, "blocks"))).toHaveLength(1);
  });

  it("is restored byte for byte, and stays sparse", async () => {
    const bytes = randomBytes(3 * MIB);
    await write(disk.path, bytes, 300 * MIB + 1234);
    const restored = await Disk.create(join(folder, "restored"), 2 * GIB, store, await disk.capture());
    const { size, blocks } = await stat(restored.path);
    expect(size).toBe(2 * GIB);
    expect(blocks * 512).toBeLessThan(8 * MIB);
    const read = Buffer.alloc(bytes.length);
    const file = await open(restored.path);
    await file.read(read, 0, read.length, 300 * MIB + 1234);
    await file.close();
    expect(read.equals(bytes)).toBe(true);
    expect((await restored.capture()).blocks).toEqual((await disk.capture()).blocks);
  });
});

describe("tampering", () => {
  it("flips one byte of one list and leaves the other lists as they are", async () => {
    await write(disk.path, Buffer.from("abc"), 2 * BLOCK_BYTES);
    const list = await disk.capture();
    const tampered = await store.tampered(list, 2 * BLOCK_BYTES + 1);
    const [was, is] = await Promise.all([list, tampered].map(({ blocks }) => store.get(blocks.get(2)!)));
    expect(was!.toString("latin1", 0, 3)).toBe("abc");
    expect([...is!.subarray(0, 3)]).toEqual([0x61, 0x62 ^ 0xff, 0x63]);
    expect(changedBlocks(list, tampered)).toEqual([2]);
  });

  it("can hit a block of zeros", async () => {
    await write(disk.path, Buffer.from("abc"), 2 * BLOCK_BYTES);
    expect([...(await store.tampered(await disk.capture(), 0)).blocks.keys()]).toEqual([0, 2]);
  });
});

describe("what two lists differ in", () => {
  const list = (blocks: [number, string][]) => ({ volumeBytes: GIB, blocks: new Map(blocks) });

  it("is what was added, changed or zeroed", () => {
    const earlier = list([[1, "a"], [2, "b"], [7, "c"]]); // prettier-ignore
    const later = list([[1, "a"], [2, "x"], [3, "y"]]); // prettier-ignore
    expect(changedBlocks(earlier, later)).toEqual([2, 3, 7]);
    expect(incrementBytes(earlier, later)).toBe(2 * BLOCK_BYTES);
    expect(incrementBytes(undefined, later)).toBe(3 * BLOCK_BYTES);
  });
});

describe("extents", () => {
  it("cover the data whichever way they are found", async () => {
    const path = join(folder, "sparse");
    await writeFile(path, "");
    await truncate(path, 64 * MIB);
    for (let at = 0; at < 40; at++) await write(path, randomBytes(5000), at * MIB + at * 10);
    const { size, blocks } = await stat(path);
    const ways = [await dataExtents(path), await scannedExtents(path, { size, allocated: blocks * 512 })];
    const bytes = await readFile(path);
    for (const extents of ways) {
      const holes = Buffer.from(bytes);
      for (const { offset, length } of extents) holes.fill(0, offset, offset + length);
      expect(holes.equals(Buffer.alloc(size))).toBe(true);
    }
    expect(ways[0]!.length).toBe(40);
  });

  it("are the whole of a file without holes, and of one that tar stored without a map", async () => {
    const path = join(folder, "dense");
    await writeFile(path, randomBytes(10_000));
    const whole = [{ offset: 0, length: 10_000 }];
    expect(await dataExtents(path)).toEqual(whole);
    const archive = spawn("tar", ["--format=posix", "-cSf", "-", "-C", folder, "./dense"]).stdout;
    expect(await readSparseMap(archive, 10_000)).toEqual(whole);
  });

  it("are unknown when the archive is cut short", async () => {
    async function* cut() {
      yield Buffer.from("x".repeat(100));
    }
    expect(await readSparseMap(cut(), 100)).toBeUndefined();
  });
});
