import { createHash } from "node:crypto";
import { ManifestWriter, type WrittenManifest } from "../../checksums/manifest-writer.ts";
import { blockDigest, zeroDigest, type Block, type Blocks, type BlockSource } from "./snapshot-blocks.ts";

export interface Side {
  readonly source: BlockSource;
  readonly listed: Blocks;
}

export interface BlockComparison {
  /** Indices that at least one side lists. */
  readonly compared: number;
  readonly differing: number;
  /** The first differing indices. */
  readonly first: readonly number[];
  /** SHA-256 over the digests of all compared blocks in index order, hex; an unlisted block counts as zeros. */
  readonly expected: string;
  readonly actual: string;
  /** The block manifest of the right side. */
  readonly manifest: WrittenManifest;
}

/** Blocks in flight between two progress reports. */
export const BATCH = 256;
const SHOWN = 20;

interface Pair {
  readonly index: number;
  readonly left: Block | undefined;
  readonly right: Block | undefined;
}

/** Compares block by block, several at once, in index order. `progress` is told how many were compared, and the highest index so far. */
export async function compareBlocks(
  sides: { readonly left: Side; readonly right: Side },
  options: { readonly concurrency: number; progress(compared: number, index: number): void },
): Promise<BlockComparison> {
  const { default: pLimit } = await sides.left.source.clock.during(() => import("p-limit"));
  const limit = pLimit(options.concurrency);
  const zeros = zeroDigest(sides.left.listed.blockSize);
  const hashes = { left: createHash("sha256"), right: createHash("sha256") };
  const manifest = new ManifestWriter(sides.right.listed.volumeSizeGiB * 2 ** 30);
  const result = { compared: 0, differing: 0, first: [] as number[] };
  for await (const batch of batches(pairs(sides.left.listed.blocks, sides.right.listed.blocks))) {
    const digests = await Promise.all(batch.map((pair) => limit(() => digestsOf(sides, pair, zeros))));
    for (const [position, { left, right }] of digests.entries()) {
      hashes.left.update(left, "base64");
      hashes.right.update(right, "base64");
      manifest.add(batch[position]!.index, hexOf(right));
      result.compared++;
      if (left === right) continue;
      result.differing++;
      if (result.first.length < SHOWN) result.first.push(batch[position]!.index);
    }
    if (batch.length === BATCH) options.progress(result.compared, batch.at(-1)!.index);
  }
  return {
    ...result,
    expected: hashes.left.digest("hex"),
    actual: hashes.right.digest("hex"),
    manifest: manifest.finish(),
  };
}

export function hexOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}

async function digestsOf(sides: { readonly left: Side; readonly right: Side }, pair: Pair, zeros: string) {
  const [left, right] = await Promise.all([
    pair.left ? blockDigest(sides.left.source, pair.left) : zeros,
    pair.right ? blockDigest(sides.right.source, pair.right) : zeros,
  ]);
  return { left, right };
}

/** Both lists side by side, by index; each is in index order already. */
export async function* pairs(left: AsyncIterable<Block>, right: AsyncIterable<Block>): AsyncGenerator<Pair> {
  const [lefts, rights] = [left[Symbol.asyncIterator](), right[Symbol.asyncIterator]()];
  let [l, r] = [await lefts.next(), await rights.next()];
  while (!l.done || !r.done) {
    const index = Math.min(l.done ? Infinity : l.value.index, r.done ? Infinity : r.value.index);
    const [hasLeft, hasRight] = [!l.done && l.value.index === index, !r.done && r.value.index === index];
    yield { index, left: hasLeft ? (l.value as Block) : undefined, right: hasRight ? (r.value as Block) : undefined };
    if (hasLeft) l = await lefts.next();
    if (hasRight) r = await rights.next();
  }
}

/** A batch at a time is read: memory stays flat however large the snapshot is. */
export async function* batches<T>(all: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
