/*
 * A thread that hashes blocks of a file until no more are left. Plain JavaScript, for threads are started from files.
 * It takes stripes of `indices` by turns with the other threads (`next` is theirs in common), and answers each with the digests of its
 * blocks in hex, empty for a block of zeros.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

const { path, indices, next, stripeBlocks, blockBytes } = workerData;
const block = Buffer.allocUnsafeSlow(blockBytes);
const zeros = Buffer.alloc(blockBytes);

function digestOf(file, index) {
  let filled = 0;
  while (filled < blockBytes) {
    const read = readSync(file, block, filled, blockBytes - filled, index * blockBytes + filled);
    if (read === 0) break;
    filled += read;
  }
  block.fill(0, filled);
  return block.equals(zeros) ? "" : createHash("sha256").update(block).digest("hex");
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
