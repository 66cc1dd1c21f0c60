import { Argument, type Command } from "commander";
import { runOneOf, type Carry } from "./command-line.ts";
import type { Io } from "./io.ts";

// A file of its own in the build, which the quick way to validate goes on in where expressions are to be weighed.
export { checkSteps } from "../drill/check-steps.ts";

/** Parses the arguments and runs the one file command they name. */
export async function runFileCommandLine(argv: readonly string[], io: Io): Promise<number> {
  return runOneOf([addFileCommands], argv, io);
}

/** What reads or writes drill files and calls nothing. */
export function addFileCommands(program: Command, io: Io, carry: Carry): void {
  program
    .command("validate [drills...]")
    .description("check drill files; all below ./drills when none is named")
    .action((drills) => carry(async () => (await import("./commands/validate.ts")).validate({ drills }, io)));
  program
    .command("plan <drill>")
    .description("what a run would do, create and need, and how long it may take")
    .action((drill) => carry(async () => (await import("./commands/plan.ts")).plan({ drill }, io)));
  program
    .command("list")
    .description("the drills at hand")
    .action(() => carry(async () => (await import("./commands/list.ts")).list({}, io)));
  program
    .command("init <name>")
    .description("write a commented starter drill to ./drills/<name>")
    .action((name) => carry(async () => (await import("./commands/init.ts")).init({ name }, io)));
  program
    .command("permissions <drill>")
    .description("the least-privilege IAM policy a drill needs")
    .action((drill) => carry(async () => (await import("./commands/permissions.ts")).permissions({ drill }, io)));
  program
    .command("schema")
    .description("the JSON Schema of drill files, or of result.json")
    .addArgument(new Argument("[of]", "what it is the schema of").choices(["drill", "result"]).default("drill"))
    .action((of) => carry(async () => (await import("./commands/schema.ts")).schema({ of }, io)));
}
