import { once } from "node:events";
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { BLOCK_BYTES } from "./block-manifest.ts";
import { dataExtents, touchedBlocks } from "./extents.ts";
import { ManifestWriter, type WrittenManifest } from "./manifest-writer.ts";

export interface FileBlocksOptions {
  /** Threads; as many as there are cores when absent. */
  readonly threads?: number;
  /** Reads the holes of a sparse file too, instead of asking the file system where they are. Same manifest, more time. */
  readonly readHoles?: boolean;
  /** Told now and then how many bytes of how many to read have been hashed. */
  progress?(hashed: number, of: number): void;
}

/** Blocks that a thread takes at a time: 8 MiB. */
const STRIPE_BLOCKS = 16;

/** The block manifest of a regular file, such as the image of a volume. @throws what `fs` throws. */
export async function blockManifestOfFile(path: string, options: FileBlocksOptions = {}): Promise<WrittenManifest> {
  const { size } = await stat(path);
  const extents = options.readHoles ? [{ offset: 0, length: size }] : await dataExtents(path);
  const indices = shared(Uint32Array.from(touchedBlocks(extents)));
  const stripes = await hashStripes(path, indices, options);
  const manifest = new ManifestWriter(size);
  for (const [position, digest] of stripes.flat().entries()) {
    if (digest !== "") manifest.add(indices[position]!, digest);
  }
  return manifest.finish();
}

/** The digests of every stripe, in order. */
async function hashStripes(
  path: string,
  indices: Uint32Array,
  { threads = availableParallelism(), progress }: FileBlocksOptions,
): Promise<readonly (readonly string[])[]> {
  const stripes: string[][] = Array.from({ length: Math.ceil(indices.length / STRIPE_BLOCKS) });
  const next = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { path, indices, next, stripeBlocks: STRIPE_BLOCKS, blockBytes: BLOCK_BYTES };
  let hashed = 0;
  const workers = Array.from({ length: Math.min(threads, stripes.length) }, () => {
    const worker = new Worker(new URL("./block-worker.mjs", import.meta.url), { workerData });
    worker.on("message", ({ stripe, digests }: { stripe: number; digests: string[] }) => {
      stripes[stripe] = digests;
      hashed += digests.length;
      progress?.(hashed * BLOCK_BYTES, indices.length * BLOCK_BYTES);
    });
    return worker;
  });
  try {
    await Promise.all(workers.map((worker) => once(worker, "exit")));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return stripes;
}

function shared(indices: Uint32Array): Uint32Array {
  const copy = new Uint32Array(new SharedArrayBuffer(indices.byteLength));
  copy.set(indices);
  return copy;
}
