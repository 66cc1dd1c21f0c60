import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BLOCK_BYTES, differingBlocks, ZERO_BLOCK } from "../../src/checksums/block-manifest.ts";
import { blockManifestOfFile } from "../../src/checksums/file-blocks.ts";
import { ManifestWriter } from "../../src/checksums/manifest-writer.ts";
import { hostManifest } from "./host-manifest.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameday-manifest-"));
});
afterEach(() => rm(folder, { recursive: true }));

const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

/** A volume of some MiB: what each written block holds, and how many bytes the last one is short of a whole block. */
const volumes = fc.record({
  blocks: fc.array(
    fc.record({ index: fc.integer({ min: 0, max: 75 }), fill: fc.constantFrom<"zeros" | "byte" | "random">("zeros", "byte", "random") }), // prettier-ignore
    { maxLength: 8 },
  ),
  size: fc.integer({ min: 60, max: 80 }),
  short: fc.constantFrom(0, 1, 4096, BLOCK_BYTES - 1),
});
type Volume = typeof volumes extends fc.Arbitrary<infer V> ? V : never;

function contents({ blocks, size, short }: Volume): ReadonlyMap<number, Buffer> {
  const bytes = size * BLOCK_BYTES - short;
  const written = new Map<number, Buffer>();
  for (const { index, fill } of blocks) {
    const block = fill === "random" ? randomBytes(BLOCK_BYTES) : Buffer.alloc(BLOCK_BYTES);
    if (fill === "byte") block[index] = 1;
    const room = bytes - index * BLOCK_BYTES;
    if (room > 0) written.set(index, block.subarray(0, room));
  }
  return written;
}

/** The definition, written down a second time. */
function rootOf(bytes: number, written: ReadonlyMap<number, Buffer>): string {
  const lines = [...written]
    .filter(([, block]) => !block.equals(Buffer.alloc(block.length)))
    .toSorted(([a], [b]) => a - b)
    .map(([index, block]) => `${sha256(Buffer.concat([block], BLOCK_BYTES))}  ${index}\n`);
  const header = `gameday block manifest 1: sha256 of 524288 bytes each, ${bytes} bytes in all\n`;
  return sha256(header + lines.join(""));
}

async function fileOf(bytes: number, written: ReadonlyMap<number, Buffer>): Promise<string> {
  const path = join(folder, `volume ${randomBytes(4).toString("hex")}`);
  await writeFile(path, "");
  await truncate(path, bytes);
  const file = await open(path, "r+");
  for (const [index, block] of written) await file.write(block, 0, block.length, index * BLOCK_BYTES);
  await file.close();
  return path;
}

describe("the root of a block manifest", () => {
  it("is the same by any number of threads, through holes or around them, and by a host's script", async () => {
    await fc.assert(
      fc.asyncProperty(volumes, fc.integer({ min: 1, max: 4 }), async (volume, threads) => {
        const bytes = volume.size * BLOCK_BYTES - volume.short;
        const written = contents(volume);
        const path = await fileOf(bytes, written);
        const around = await blockManifestOfFile(path, { threads });
        const through = await blockManifestOfFile(path, { threads, readHoles: true });
        const host = await hostManifest(path, { bytes });
        await rm(path);
        expect(around).toEqual(through);
        expect(around).toMatchObject({ root: rootOf(bytes, written), bytes, algorithm: "sha256-blocks" });
        expect(host).toEqual({ error: undefined, root: around.root, blocks: around.blocks, text: around.text });
      }),
      { numRuns: 6 },
    );
  });

  it("is of blocks in order, the last one filled up with zeros, however many stripes there are", async () => {
    const bytes = 129 * BLOCK_BYTES - 1_000;
    const written = new Map([0, 64, 127].map((index) => [index, randomBytes(BLOCK_BYTES)]));
    written.set(128, randomBytes(BLOCK_BYTES - 1_000));
    const path = await fileOf(bytes, written);
    for (const threads of [1, 3])
      expect((await blockManifestOfFile(path, { threads })).root).toBe(rootOf(bytes, written));
    expect((await hostManifest(path, { bytes })).root).toBe(rootOf(bytes, written));
  });

  it("changes with any byte, and the lines name the block", async () => {
    const written = new Map([3, 20, 21].map((index) => [index, randomBytes(BLOCK_BYTES)]));
    const path = await fileOf(40 * BLOCK_BYTES, written);
    const before = await blockManifestOfFile(path);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 40 * BLOCK_BYTES - 1 }), async (at) => {
        const restore = await flip(path, at);
        const after = await blockManifestOfFile(path, { threads: 2 });
        await restore();
        expect(after.root).not.toBe(before.root);
        expect(differingBlocks(before.text!, after.text!)).toEqual([Math.floor(at / BLOCK_BYTES)]);
      }),
      { numRuns: 5 },
    );
  });

  it("changes with the size", async () => {
    const path = await fileOf(4 * BLOCK_BYTES, new Map());
    const [one, other] = [
      await hostManifest(path, { bytes: 2 ** 20 }),
      await hostManifest(path, { bytes: 2 ** 20 - 1 }),
    ];
    expect(one.root).not.toBe(other.root);
  });
});

async function flip(path: string, at: number): Promise<() => Promise<void>> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  await file.write(Buffer.from([byte[0]! ^ 0xff]), 0, 1, at);
  return async () => {
    await file.write(byte, 0, 1, at);
    await file.close();
  };
}

describe("a host's script", () => {
  const COREUTILS = ["sh", "cat", "dd", "head", "mkdir", "mktemp", "nproc", "rm", "sha256sum", "sort", "split", "wc"];

  it("needs coreutils only", async () => {
    const programs = join(folder, "programs");
    execFileSync("mkdir", [programs]);
    for (const name of COREUTILS) await symlink(pathOf(name), join(programs, basename(name)));
    const written = new Map([1, 66].map((index) => [index, randomBytes(BLOCK_BYTES)]));
    const path = await fileOf(70 * BLOCK_BYTES, written);
    const { root } = await hostManifest(path, { bytes: 70 * BLOCK_BYTES, programs });
    expect(root).toBe(rootOf(70 * BLOCK_BYTES, written));
  });

  it("fails when there is less to read than there should be", async () => {
    const path = await fileOf(2 * BLOCK_BYTES, new Map([[0, randomBytes(BLOCK_BYTES)]]));
    await expect(hostManifest(path, { bytes: 5 * BLOCK_BYTES })).rejects.toMatchObject({
      stdout: expect.stringContaining("error=blocks-unreadable"),
    });
  });

  const pathOf = (name: string) => execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
});

it("a block of zeros is left out however it comes, and blocks come in order", () => {
  expect(sha256(Buffer.alloc(BLOCK_BYTES))).toBe(ZERO_BLOCK);
  const manifest = new ManifestWriter(4 * BLOCK_BYTES);
  manifest.add(1, ZERO_BLOCK);
  expect(() => manifest.add(1, ZERO_BLOCK)).toThrow(RangeError);
  expect(() => manifest.add(4, ZERO_BLOCK)).toThrow(RangeError);
  expect(manifest.finish()).toMatchObject({ blocks: 0, root: rootOf(4 * BLOCK_BYTES, new Map()) });
});
