import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BLOCK_BYTES, type BlockList } from "./block-list.ts";

/**
 * The blocks of every snapshot of every Region, by their SHA-256. A block is kept once however many snapshots list it, so a
 * snapshot costs what changed and a copy to another Region costs nothing. Blocks are never removed: the folder goes as a whole.
 */
export class BlockStore {
  readonly #folder: string;
  readonly #stored = new Map<string, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps a block; returns its SHA-256 in hex. The caller may reuse the buffer once the promise has resolved. */
  async put(block: Buffer): Promise<string> {
    const hash = createHash("sha256").update(block).digest("hex");
    let stored = this.#stored.get(hash);
    if (!stored) this.#stored.set(hash, (stored = this.#write(hash, block)));
    await stored;
    return hash;
  }

  get(hash: string): Promise<Buffer> {
    return readFile(join(this.#folder, hash));
  }

  /**
   * A list like `list` with one byte flipped, as bit rot in one copy would. The blocks of other snapshots stay as they are.
   * `at` is the offset in the volume; by default the middle of the middle listed block, which is data rather than a header.
   */
  async tampered(list: BlockList, at?: number): Promise<BlockList> {
    const offset = at ?? middleOf(list);
    if (offset < 0 || offset >= list.volumeBytes) throw new RangeError(`offset ${offset} is outside of the volume`);
    const index = Math.floor(offset / BLOCK_BYTES);
    const hash = list.blocks.get(index);
    const block = hash === undefined ? Buffer.alloc(BLOCK_BYTES) : await this.get(hash);
    const within = offset % BLOCK_BYTES;
    block[within] = block[within]! ^ 0xff;
    const blocks = new Map(list.blocks).set(index, await this.put(block));
    return { volumeBytes: list.volumeBytes, blocks: new Map([...blocks].sort(([a], [b]) => a - b)) };
  }

  async #write(hash: string, block: Buffer): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFile(join(this.#folder, hash), block);
  }
}

function middleOf({ blocks }: BlockList): number {
  const indexes = [...blocks.keys()];
  return ((indexes[Math.floor(indexes.length / 2)] ?? 0) + 0.5) * BLOCK_BYTES;
}
