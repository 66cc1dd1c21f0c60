import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { chainHash } from "../../engine/journal-line.ts";

/** What a summary is checked against: a journal that has grown or changed its end has another one. */
export interface JournalEnd {
  readonly bytes: number;
  /** SHA-256 of the last whole line, as the chain has it; empty when it is not within reach. */
  readonly head: string;
}

const REACH = 4096;

/**
 * Reads the end only, synchronously: ten thousand journals are looked at in a fraction of a second. Undefined when there is none.
 * @throws what the machine says where it is there and cannot be read.
 */
export function journalEnd(path: string, buffer: Buffer = Buffer.allocUnsafe(REACH)): JournalEnd | undefined {
  let file: number | undefined;
  try {
    // Without waiting: a pipe in its place has no end.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = fstatSync(file).size;
    const from = Math.max(0, bytes - buffer.length);
    const length = readSync(file, buffer, 0, Math.min(bytes, buffer.length), from);
    return { bytes, head: headIn(buffer.subarray(0, length), from === 0) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function headIn(tail: Buffer, isWhole: boolean): string {
  const end = tail.lastIndexOf(0x0a);
  if (end < 0) return "";
  const before = end === 0 ? -1 : tail.lastIndexOf(0x0a, end - 1);
  return before < 0 && !isWhole ? "" : chainHash(tail.toString("utf8", before + 1, end));
}
