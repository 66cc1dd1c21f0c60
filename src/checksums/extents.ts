import { spawn } from "node:child_process";
import { open, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { BLOCK_BYTES } from "./block-manifest.ts";
import { readSparseMap } from "./sparse-map.ts";

/** A range of a file, in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where a sparse file has data; what lies outside is a hole and reads as zeros. Node cannot ask the file system (SEEK_DATA),
 * but GNU tar can, and starts a sparse archive with the answer: milliseconds, however large the file. Where there is no GNU
 * tar the file is read until all its allocated bytes are found.
 */
export async function dataExtents(path: string): Promise<readonly Extent[]> {
  const { size, blocks } = await stat(path);
  if (blocks === 0) return [];
  if (blocks * 512 >= size) return [{ offset: 0, length: size }];
  return (await extentsFromTar(path, size)) ?? scannedExtents(path, { size, allocated: blocks * 512 });
}

async function extentsFromTar(path: string, size: number): Promise<readonly Extent[] | undefined> {
  const args = ["--format=posix", "-cSf", "-", "-C", dirname(path), `./${basename(path)}`];
  const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "ignore"] });
  const missing = new Promise<undefined>((resolve) => tar.once("error", () => resolve(undefined)));
  try {
    return await Promise.race([missing, readSparseMap(tar.stdout, size)]);
  } finally {
    tar.stdout.destroy();
    tar.kill();
  }
}

const SCAN_BYTES = 4 << 20;
const PAGE_BYTES = 4096;
const ZEROS = Buffer.alloc(SCAN_BYTES);

/** Exported for its test: the way without GNU tar. */
export async function scannedExtents(
  path: string,
  { size, allocated }: { readonly size: number; readonly allocated: number },
): Promise<readonly Extent[]> {
  const extents: Extent[] = [];
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(SCAN_BYTES);
    let found = 0;
    for (let offset = 0; offset < size && found < allocated;) {
      const { bytesRead } = await file.read(buffer, 0, SCAN_BYTES, offset);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      if (!isZero(chunk)) {
        extents.push({ offset, length: bytesRead });
        found += nonZeroPages(chunk) * PAGE_BYTES;
      }
      offset += bytesRead;
    }
  } finally {
    await file.close();
  }
  return extents;
}

/** Whether a buffer of at most 4 MiB holds nothing but zeros. */
export function isZero(bytes: Buffer): boolean {
  return bytes.equals(ZEROS.subarray(0, bytes.length));
}

function nonZeroPages(chunk: Buffer): number {
  let pages = 0;
  for (let at = 0; at < chunk.length; at += PAGE_BYTES) {
    if (!isZero(chunk.subarray(at, at + PAGE_BYTES))) pages++;
  }
  return pages;
}

/** The indices of the blocks that a file's data touches, ascending, each once. */
export function* touchedBlocks(extents: readonly Extent[]): Generator<number> {
  let next = 0;
  for (const { offset, length } of extents) {
    const first = Math.max(next, Math.floor(offset / BLOCK_BYTES));
    next = Math.max(next, Math.ceil((offset + length) / BLOCK_BYTES));
    for (let index = first; index < next; index++) yield index;
  }
}
