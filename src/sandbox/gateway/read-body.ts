import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { AwsError } from "../service.ts";

/** The largest body that any operation served here takes is a user data script or 512 KiB of a snapshot. */
export const LARGEST_BODY_BYTES = 4 * 1024 * 1024;

const inflate = promisify(gunzip);

/** The complete body, uncompressed. Throws an {@link AwsError} when it is too large or not what its encoding says. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read on to the end all the same: a client that is still sending does not see an early answer.
    if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  if (size > LARGEST_BODY_BYTES) throw tooLarge();
  const body = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? uncompressed(body) : body;
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
