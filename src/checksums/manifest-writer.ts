import { createHash } from "node:crypto";
import { BLOCK_ALGORITHM, BLOCK_BYTES, manifestHeader, ZERO_BLOCK, type BlockManifest } from "./block-manifest.ts";

/** Lines of more blocks (8 GiB of data) are not kept: a host could not tell its own to compare them with. */
const MOST_KEPT_LINES = 16_384;

/** A manifest, and its text while that is short enough to be kept. */
export interface WrittenManifest extends BlockManifest {
  readonly text: string | undefined;
}

/** Makes a manifest of digests that come in the order of their blocks. */
export class ManifestWriter {
  readonly #bytes: number;
  readonly #hash = createHash("sha256");
  #lines: string[] = [];
  #blocks = 0;
  #last = -1;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#hash.update(manifestHeader(bytes));
  }

  /** `digest` is hex. @throws RangeError when an index does not come after the last one, or is outside of the size. */
  add(index: number, digest: string): void {
    if (index <= this.#last || index * BLOCK_BYTES >= this.#bytes) {
      throw new RangeError(`block ${index} after ${this.#last}, of ${this.#bytes} bytes`);
    }
    this.#last = index;
    if (digest === ZERO_BLOCK) return;
    const line = `${digest}  ${index}\n`;
    this.#hash.update(line);
    this.#blocks++;
    if (this.#blocks <= MOST_KEPT_LINES) this.#lines.push(line);
  }

  /** To be called once. */
  finish(): WrittenManifest {
    return {
      algorithm: BLOCK_ALGORITHM,
      root: this.#hash.digest("hex"),
      bytes: this.#bytes,
      blocks: this.#blocks,
      text: this.#blocks <= MOST_KEPT_LINES ? manifestHeader(this.#bytes) + this.#lines.join("") : undefined,
    };
  }
}
