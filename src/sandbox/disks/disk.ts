import { mkdir, open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { dataExtents, isZero, touchedBlocks } from "../../checksums/extents.ts";
import { systemClock } from "../../time/system-clock.ts";
import { BLOCK_BYTES, type BlockList } from "./block-list.ts";
import type { BlockStore } from "./block-store.ts";

/** The bytes of one volume: a sparse file, which hosts see as a device. */
export class Disk {
  readonly path: string;
  readonly bytes: number;
  readonly #store: BlockStore;
  #last: { readonly modified: bigint; readonly list: BlockList } | undefined;

  private constructor(path: string, bytes: number, store: BlockStore) {
    this.path = path;
    this.bytes = bytes;
    this.#store = store;
  }

  /** A new disk: empty, or with the bytes of `from`. Only listed blocks are written; the rest stays a hole. */
  static async create(path: string, bytes: number, store: BlockStore, from?: BlockList): Promise<Disk> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "", { flag: "wx" });
    await truncate(path, bytes);
    const disk = new Disk(path, bytes, store);
    if (from) await disk.#write(from);
    return disk;
  }

  /** The bytes as they are now, as a list of blocks in the store. An unchanged disk is not read again. */
  async capture(): Promise<BlockList> {
    const modified = await this.#modified();
    if (this.#last?.modified === modified) return this.#last.list;
    const blocks = new Map<number, string>();
    const file = await open(this.path);
    try {
      for (const index of touchedBlocks(await dataExtents(this.path))) {
        const block = Buffer.alloc(BLOCK_BYTES);
        await file.read(block, 0, BLOCK_BYTES, index * BLOCK_BYTES);
        if (!isZero(block)) blocks.set(index, await this.#store.put(block));
      }
    } finally {
      await file.close();
    }
    const list = { volumeBytes: this.bytes, blocks };
    this.#last = settled(modified) ? { modified, list } : undefined;
    return list;
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  async #write(list: BlockList): Promise<void> {
    const file = await open(this.path, "r+");
    try {
      for (const [index, hash] of list.blocks) {
        await file.write(await this.#store.get(hash), 0, BLOCK_BYTES, index * BLOCK_BYTES);
      }
    } finally {
      await file.close();
    }
  }

  async #modified(): Promise<bigint> {
    return (await stat(this.path, { bigint: true })).mtimeNs;
  }
}

/**
 * Whether a write after now must give the file another modification time. File systems step that time by some milliseconds,
 * so one that is too fresh proves nothing about a write in the same tick. Real time, as the file's: not the sandbox's clock.
 */
function settled(modifiedNs: bigint): boolean {
  return systemClock.now() - Number(modifiedNs / 1_000_000n) > COARSEST_TICK_MS;
}

const COARSEST_TICK_MS = 50;
