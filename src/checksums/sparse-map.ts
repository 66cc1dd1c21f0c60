import type { Extent } from "./extents.ts";

const RECORD = 512;
/** Where tar keeps the type and the octal size of an entry in its header. */
const TYPE_AT = 156;
const SIZE_AT = 124;

/**
 * Reads the map at the start of a POSIX tar archive of one sparse file (GNU sparse format 1.0: a decimal count, then offset
 * and length of each piece, a line each) and leaves the rest of the archive unread. A file that tar stored without a map
 * is all data. Undefined when the stream is no such archive.
 */
export async function readSparseMap(
  archive: AsyncIterable<Buffer>,
  fileBytes: number,
): Promise<readonly Extent[] | undefined> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of archive) {
    bytes = Buffer.concat([bytes, chunk]);
    const map = parse(bytes, fileBytes);
    if (map !== "more") return map;
  }
  return undefined;
}

function parse(bytes: Buffer, fileBytes: number): readonly Extent[] | undefined | "more" {
  if (bytes.length < RECORD) return "more";
  if (typeOf(bytes) !== "x") return [{ offset: 0, length: fileBytes }];
  const attributesEnd = RECORD + octal(bytes, SIZE_AT);
  if (bytes.length < attributesEnd) return "more";
  const attributes = bytes.toString("latin1", RECORD, attributesEnd);
  if (!attributes.includes("GNU.sparse.")) return [{ offset: 0, length: fileBytes }];
  if (!attributes.includes("GNU.sparse.major=1\n")) return undefined;
  const mapStart = Math.ceil(attributesEnd / RECORD) * RECORD + RECORD;
  return parseMap(bytes.subarray(mapStart).toString("latin1", 0, bytes.length));
}

function parseMap(text: string): readonly Extent[] | undefined | "more" {
  const lineEnd = text.indexOf("\n");
  if (lineEnd < 0) return "more";
  const count = Number(text.slice(0, lineEnd));
  if (!Number.isInteger(count)) return undefined;
  const numbers = text.split("\n", count * 2 + 2);
  if (numbers.length < count * 2 + 2) return "more";
  return Array.from({ length: count }, (_, piece) => ({
    offset: Number(numbers[piece * 2 + 1]),
    length: Number(numbers[piece * 2 + 2]),
  })).filter(({ length }) => length > 0);
}

const typeOf = (header: Buffer) => String.fromCharCode(header[TYPE_AT]!);
const octal = (header: Buffer, at: number) => parseInt(header.toString("latin1", at, at + 11), 8);
