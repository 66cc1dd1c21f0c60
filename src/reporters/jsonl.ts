import { writeLine } from "../engine/journal-line.ts";
import { lineOutput } from "./line-output.ts";
import type { Reporter } from "./reporter.ts";

/** Every event as one line of JSON, byte for byte as it stands in the journal, and nothing else. */
export function jsonlReporter(stdout: NodeJS.WritableStream): Reporter {
  const output = lineOutput(stdout);
  return {
    name: "jsonl",
    onEvent: (event) => output.line(writeLine(event)),
    finish: () => output.flush(),
  };
}
