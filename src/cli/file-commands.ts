import * as z from "zod";
import type { Io } from "./io.ts";
import { processIo } from "./process-io.ts";
import { reportError } from "./report-error.ts";

// Code made for the schemas pays after some thousand values; a drill has some dozen.
z.config({ jitless: true });

/** Runs a command that reads or writes drill files and calls nothing: loaded without all the others, it answers at once. */
export async function runFileCommand(argv: readonly string[], io: Io = processIo): Promise<number> {
  const [command, ...args] = argv;
  if (command === "validate" && isPlain(args)) return validatePlainly(args, io);
  return (await import("./file-command-line.ts")).runFileCommandLine(argv, io);
}

/** Nothing to parse: no option among the arguments. */
function isPlain(args: readonly string[]): boolean {
  return args.every((argument) => !argument.startsWith("-") && argument !== "");
}

/** The command that editors and hooks call again and again, without what parses options. */
async function validatePlainly(drills: readonly string[], io: Io): Promise<number> {
  try {
    return await (await import("./commands/validate.ts")).validate({ drills }, io);
  } catch (error) {
    return reportError(error, io);
  }
}
