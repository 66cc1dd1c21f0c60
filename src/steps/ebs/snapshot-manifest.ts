import { ManifestWriter, type WrittenManifest } from "../../checksums/manifest-writer.ts";
import { BATCH, batches, hexOf } from "./compare-blocks.ts";
import { blockDigest, type Blocks, type BlockSource } from "./snapshot-blocks.ts";

export interface HashOptions {
  /** Blocks read at once. */
  readonly concurrency: number;
  /** Is told how many blocks were hashed, and the highest index so far. */
  progress(hashed: number, index: number): void;
}

/** The block manifest of a snapshot: what it does not list is zeros and is not read. @throws Failure */
export async function manifestOfSnapshot(
  source: BlockSource,
  listed: Blocks,
  { concurrency, progress }: HashOptions,
): Promise<WrittenManifest> {
  const { default: pLimit } = await source.clock.during(() => import("p-limit"));
  const limit = pLimit(concurrency);
  const manifest = new ManifestWriter(listed.volumeSizeGiB * 2 ** 30);
  let hashed = 0;
  for await (const batch of batches(listed.blocks)) {
    const digests = await Promise.all(batch.map((block) => limit(() => blockDigest(source, block))));
    for (const [position, digest] of digests.entries()) manifest.add(batch[position]!.index, hexOf(digest));
    hashed += batch.length;
    if (batch.length === BATCH) progress(hashed, batch.at(-1)!.index);
  }
  return manifest.finish();
}
