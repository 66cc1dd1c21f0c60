/** EBS keeps and lists snapshots in blocks of 512 KiB. */
export const BLOCK_BYTES = 524_288;

/**
 * The block manifest of a volume, a device or a file: a header with the size, and a line `<sha256>  <index>` for each block that is not
 * all zeros, by index. What was never written, what is a hole and what was filled with zeros are thus the same. A last block that is
 * cut short counts as filled up with zeros. Its root is the SHA-256 of that text, whoever has taken it: the EBS direct APIs (only written
 * blocks are listed), a script on a host, or `blockManifestOfFile`.
 */
export interface BlockManifest {
  readonly algorithm: typeof BLOCK_ALGORITHM;
  /** Hex. */
  readonly root: string;
  /** Size of the whole, holes included. */
  readonly bytes: number;
  /** Blocks that are not all zeros. */
  readonly blocks: number;
}

/** What `algorithm` says of a root of this kind, beside plain `sha256` over all bytes. */
export const BLOCK_ALGORITHM = "sha256-blocks" as const;

/** The SHA-256 of a block of zeros, hex. */
export const ZERO_BLOCK = "07854d2fef297a06ba81685e660c332de36d5d18d546927d30daad6d7fda1541";

/** The first line of a manifest, with its line feed. */
export function manifestHeader(bytes: number): string {
  return `gameday block manifest 1: sha256 of ${BLOCK_BYTES} bytes each, ${bytes} bytes in all\n`;
}

/** The indices, ascending, of the blocks in which two manifests' texts differ. */
export function differingBlocks(expected: string, actual: string): readonly number[] {
  const [wanted, found] = [digestsOf(expected), digestsOf(actual)];
  const all = new Set([...wanted.keys(), ...found.keys()]);
  return [...all].filter((index) => wanted.get(index) !== found.get(index)).toSorted((a, b) => a - b);
}

function digestsOf(text: string): ReadonlyMap<number, string> {
  const lines = text.split("\n").slice(1, -1);
  return new Map(lines.map((line) => [Number(line.slice(66)), line.slice(0, 64)]));
}
