import type { IncomingMessage } from "node:http";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { AwsError } from "../service.ts";

/** The largest body that any operation served here takes is a user data script or 512 KiB of a snapshot. */
export const LARGEST_BODY_BYTES = 4 * 1024 * 1024;

const inflate = promisify(gunzip);

export interface Body {
  /** Complete and uncompressed. */
  readonly bytes: Buffer;
  /** Of the bytes as they were sent, hexadecimal: what a signature covers. */
  readonly sha256: string;
}

/** @throws AwsError when it is too large or not what its encoding says. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read on to the end all the same: a client that is still sending does not see an early answer.
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  if (size > LARGEST_BODY_BYTES) throw tooLarge();
  const body = Buffer.concat(chunks);
  const bytes = request.headers["content-encoding"] === "gzip" ? await uncompressed(body) : body;
  return { bytes, sha256: createHash("sha256").update(body).digest("hex") };
}

async function uncompressed(body: Buffer): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: LARGEST_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new AwsError("SerializationException", "The request body is not valid gzip.");
  }
}

function tooLarge(): AwsError {
  return new AwsError("RequestEntityTooLargeException", `The request body exceeds ${LARGEST_BODY_BYTES} bytes.`, 413);
}
