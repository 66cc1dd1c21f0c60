import { BLOCK_BYTES } from "../../checksums/block-manifest.ts";

export { BLOCK_BYTES };

/**
 * What a snapshot holds: the blocks that are not all zero, by index, each as the SHA-256 (hex) of its bytes. Immutable and
 * shared: a copy of a snapshot is the same list.
 */
export interface BlockList {
  /** Size of the volume in bytes. */
  readonly volumeBytes: number;
  /** In ascending order of index. */
  readonly blocks: ReadonlyMap<number, string>;
}

/** The indexes, ascending, at which two lists differ. */
export function changedBlocks(first: BlockList, second: BlockList): number[] {
  const changed = [...second.blocks]
    .filter(([index, hash]) => first.blocks.get(index) !== hash)
    .map(([index]) => index);
  for (const index of first.blocks.keys()) if (!second.blocks.has(index)) changed.push(index);
  return changed.sort((a, b) => a - b);
}

/** The bytes that have to be moved to turn `earlier` into `later`: what an incremental snapshot or copy costs. */
export function incrementBytes(earlier: BlockList | undefined, later: BlockList): number {
  if (!earlier) return later.blocks.size * BLOCK_BYTES;
  let blocks = 0;
  for (const [index, hash] of later.blocks) if (earlier.blocks.get(index) !== hash) blocks++;
  return blocks * BLOCK_BYTES;
}
