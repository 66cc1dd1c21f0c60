import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import type { Io } from "../../src/cli/io.ts";

/** An Io whose output can be read, in a folder of its own. */
export interface CapturedIo extends Io, AsyncDisposable {
  out(): string;
  err(): string;
}

export async function capturedIo(env: Io["env"] = {}): Promise<CapturedIo> {
  const cwd = await mkdtemp(join(tmpdir(), "gameday-cli-"));
  const [stdout, stderr] = [captured(), captured()];
  return {
    stdout: stdout.stream,
    stderr: stderr.stream,
    stdin: Readable.from([]),
    env,
    cwd,
    out: stdout.text,
    err: stderr.text,
    [Symbol.asyncDispose]: () => rm(cwd, { recursive: true, force: true }),
  };
}

function captured(): { stream: Writable; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join("") };
}
