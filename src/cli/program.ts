import { Command, CommanderError, Option } from "commander";
import { EXIT_CODES } from "../engine/exit-code.ts";
import { reportError } from "./report-error.ts";
import { processIo } from "./process-io.ts";
import { GAMEDAY_VERSION } from "./version.ts";

/** Parses the arguments, runs the one command they name, and returns the exit code. */
export async function runCommand(argv: readonly string[], io = processIo): Promise<number> {
  let exitCode: number = EXIT_CODES.passed.code;
  const program = buildProgram(async (work) => {
    exitCode = await work();
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
    return reportError(error, io);
  }
}

type Carry = (work: () => Promise<number>) => Promise<void>;

function buildProgram(carry: Carry): Command {
  const io = processIo;
  const program = new Command("gameday")
    .version(GAMEDAY_VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(gameday --help lists the commands)")
    .enablePositionalOptions();
  const command = (usage: string, does: string) =>
    program.command(usage).description(does).exitOverride().allowExcessArguments(false);

  runOptions(command("rehearse [drill]", "run a drill on the embedded sandbox")).action((drill, options) =>
    carry(async () => (await import("./commands/rehearse.ts")).rehearse({ drill, ...options }, io)),
  );
  runOptions(command("run <drill>", "run a drill on AWS"))
    .option("--profile <name>", "profile of your AWS configuration")
    .action((drill, options) => carry(async () => (await import("./commands/run.ts")).run({ drill, ...options }, io)));
  command(
    "report <run>",
    "render the report of a run again, from its journal; a run is its id, the beginning of it, or latest",
  )
    .addOption(new Option("--format <format>", "what to render").choices(["markdown", "summary"]).default("markdown"))
    .option("--output <file>", "write there instead of to standard output")
    .action((run, options) =>
      carry(async () => (await import("./commands/report.ts")).report({ run, ...options }, io)),
    );
  command("sandbox", "run the sandbox alone")
    .option("--port <number>", "port on 127.0.0.1; any free one by default", portNumber)
    .option("--seed <drill>", "put there what this drill expects to find")
    .option("--speed <factor>", "how many times as fast as real time its clock runs", factor, 1)
    .action((options) => carry(async () => (await import("./commands/sandbox.ts")).sandbox(options, io)));
  return program;
}

function runOptions(command: Command): Command {
  return command
    .option("--json", "events as JSON Lines on standard output, and nothing else there")
    .option("--plain", "plain lines instead of the live view")
    .option("--cloudwatch", "put the measured times into CloudWatch, namespace GameDay");
}

function portNumber(text: string): number {
  return numberIn(text, { least: 0, most: 65_535, whole: true });
}

function factor(text: string): number {
  return numberIn(text.replace(/[x×]$/, ""), { least: 0.001, most: 1e6, whole: false });
}

function numberIn(text: string, range: { least: number; most: number; whole: boolean }): number {
  const value = Number(text);
  const fits = text.trim() !== "" && value >= range.least && value <= range.most;
  if (fits && (!range.whole || Number.isInteger(value))) return value;
  throw new CommanderError(
    2,
    "gameday.number",
    `error: ${JSON.stringify(text)} is not a number from ${range.least} to ${range.most}`,
  );
}
