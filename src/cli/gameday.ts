#!/usr/bin/env node
import { FILE_COMMANDS } from "./file-command-names.ts";
import type * as FileCommands from "./file-commands.ts";
import { HELP } from "./help.ts";
import { requireCached } from "./require-cached.ts";
import { standardOutput } from "./standard-streams.ts";
import { GAMEDAY_VERSION } from "./version.ts";

/** The entry: answers what needs no command at once, and loads the rest only when it is needed. */
async function main(argv: readonly string[]): Promise<number> {
  const [first, second] = argv;
  if (first === undefined || first === "--help" || first === "-h") return print(HELP);
  if (first === "help") return second === undefined ? print(HELP) : main([second, "--help"]);
  if (first === "--version" || first === "-V") return print(`${GAMEDAY_VERSION}\n`);
  if (FILE_COMMANDS.has(first)) return fileCommands().runFileCommand(argv);
  const { runCommand } = await import("./program.ts");
  return runCommand(argv);
}

function fileCommands(): typeof FileCommands {
  return requireCached("file-commands.cjs") as typeof FileCommands;
}

function print(text: string): number {
  standardOutput().write(text);
  return 0;
}

// Seven lines of the SDK's about Node versions, at every start; gameday doctor says the same in one.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
void main(process.argv.slice(2)).then((exitCode) => {
  // exitCode, not exit(): what was written to a pipe must get out first.
  process.exitCode = exitCode;
});
