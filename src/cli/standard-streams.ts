import { EXIT_CODES } from "../engine/exit-code.ts";

/** The process's standard output. A reader that goes away ends nothing; what cannot be written otherwise is told. */
export function standardOutput(): typeof process.stdout {
  return heard(process.stdout, (why) => {
    standardError().write(`gameday: standard output could not be written: ${why}\n`);
    // Late, as the command's own exit code may come after this; and the worse one counts.
    process.once("exit", () => {
      process.exitCode ||= EXIT_CODES.usage.code;
    });
  });
}

/** The process's standard error. What cannot be written there cannot be told anywhere. */
export function standardError(): typeof process.stderr {
  return heard(process.stderr, () => {});
}

const known = new WeakSet<NodeJS.WritableStream>();

/** An error that nobody hears ends the process with a stack; it can come long after the write. */
function heard<S extends NodeJS.WritableStream>(stream: S, tell: (why: string) => void): S {
  if (known.has(stream)) return stream;
  known.add(stream);
  let told = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (told || error.code === "EPIPE") return;
    told = true;
    tell(error.message);
  });
  return stream;
}
