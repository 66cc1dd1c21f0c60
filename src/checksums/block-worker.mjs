/*
 * A thread that hashes blocks of a file until no more are left. Plain JavaScript, for threads are started from files.
 * It takes stripes of `indices` by turns with the other threads (`next` is theirs in common), and answers each with the digests of its
 * blocks in hex, empty for a block of zeros.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

const { path, indices, next, stripeBlocks, blockBytes } = workerData;
/** What stays in a core's own cache between being read and being hashed. */
const PIECE_BYTES = 131_072;
const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
const zeros = Buffer.alloc(blockBytes);

/** Reads a piece; what lies beyond the end of the file is zeros. */
function readPiece(file, position) {
  let filled = 0;
  while (filled < PIECE_BYTES) {
    const read = readSync(file, piece, filled, PIECE_BYTES - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  piece.fill(0, filled);
}

function digestOf(file, index) {
  let hash;
  for (let at = 0; at < blockBytes; at += PIECE_BYTES) {
    readPiece(file, index * blockBytes + at);
    if (hash === undefined) {
      if (piece.equals(zeros.subarray(0, PIECE_BYTES))) continue;
      hash = createHash("sha256").update(zeros.subarray(0, at));
    }
    hash.update(piece);
  }
  return hash?.digest("hex") ?? "";
}

const file = openSync(path);
try {
  for (;;) {
    const stripe = Atomics.add(next, 0, 1);
    const blocks = indices.subarray(stripe * stripeBlocks, (stripe + 1) * stripeBlocks);
    if (blocks.length === 0) break;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    parentPort.postMessage({ stripe, digests: Array.from(blocks, (index) => digestOf(file, index)) });
  }
} finally {
  closeSync(file);
}
