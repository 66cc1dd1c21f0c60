import { createReadStream } from "node:fs";
import { secretInText, type SecretHit } from "./secret-scan.ts";

const PIECE_BYTES = 1 << 20;
/** A line that is longer is scanned in pieces which overlap by this many characters: no pattern matches more. */
const OVERLAP = 16_384;

/** The first secret in a file of any size, by its line: whole lines are scanned, so that none is cut in two. */
export async function secretInFile(path: string): Promise<SecretHit | undefined> {
  let rest = "";
  let linesBefore = 0;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES, encoding: "latin1" })) {
    const text = rest + (piece as string);
    const end = text.lastIndexOf("\n") + 1;
    const hit = secretInText(text);
    if (hit) return inFile(hit, linesBefore);
    linesBefore += countLines(text, end);
    rest = end > 0 ? text.slice(end) : text.slice(-OVERLAP);
  }
  const hit = secretInText(rest);
  return hit && inFile(hit, linesBefore);
}

function inFile(hit: SecretHit, linesBefore: number): SecretHit {
  const line = Number(/\d+/.exec(hit.field)?.[0]);
  return { ...hit, field: `line ${linesBefore + line}` };
}

function countLines(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
