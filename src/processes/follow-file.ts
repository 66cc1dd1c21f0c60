import { open } from "node:fs/promises";
import type { Clock } from "../time/clock.ts";

const LOOK_EVERY_MS = 50;

export interface FollowRequest {
  readonly path: string;
  readonly clock: Clock;
  /** Settles when the writer has ended: what is in the file by then is read, and no more awaited. */
  readonly writer: Promise<unknown>;
  chunk(bytes: Buffer): void;
}

/** Reads a file while another process writes it. */
export async function followFile(request: FollowRequest): Promise<void> {
  const file = await open(request.path, "r");
  const over = new AbortController();
  const ended = request.writer.then(
    () => over.abort(),
    () => over.abort(),
  );
  try {
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      const last = over.signal.aborted;
      await drain();
      if (last) return;
      await Promise.race([ended, request.clock.sleep(LOOK_EVERY_MS, over.signal).catch(() => undefined)]);
    }
    async function drain(): Promise<void> {
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length);
        if (bytesRead === 0) return;
        request.chunk(Buffer.from(buffer.subarray(0, bytesRead)));
      }
    }
  } finally {
    await file.close();
  }
}
