import { Command, CommanderError } from "commander";
import { EXIT_CODES } from "../engine/exit-code.ts";
import type { Io } from "./io.ts";
import { reportError } from "./report-error.ts";
import { GAMEDAY_VERSION } from "./version.ts";

/** Runs one command's work; its result is the process's exit code. */
export type Carry = (work: () => Promise<number>) => Promise<void>;

/** Adds commands that belong together. */
export type CommandGroup = (program: Command, io: Io, carry: Carry) => void;

/** Parses the arguments, runs the one command of these groups that they name, and returns the exit code. */
export async function runOneOf(groups: readonly CommandGroup[], argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT_CODES.passed.code;
  const program = buildProgram(groups, io, async (work) => {
    exitCode = await work();
  });
  try {
    await program.parseAsync(knownOr(program, argv), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
    return reportError(error, io);
  }
}

/** With `--help` behind it, an unknown command would be taken for none, and the help for an answer. */
function knownOr(program: Command, argv: readonly string[]): readonly string[] {
  const [first = ""] = argv;
  const known = first.startsWith("-") || program.commands.some((command) => command.name() === first);
  return known ? argv : [first];
}

function buildProgram(groups: readonly CommandGroup[], io: Io, carry: Carry): Command {
  const program = new Command("gameday")
    .version(GAMEDAY_VERSION)
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError()
    .showHelpAfterError("(gameday --help lists the commands)");
  for (const add of groups) add(program, io, carry);
  for (const command of program.commands)
    command.showHelpAfterError(`(gameday ${command.name()} --help tells its arguments and options)`);
  return program;
}
