import { InvalidArgumentError, Option, type Command } from "commander";
import { runOneOf, type Carry } from "./command-line.ts";
import type { RehearseOptions } from "./commands/rehearse.ts";
import type { RehearseFaultsOptions } from "./commands/rehearse-faults.ts";
import { addEvidenceCommands } from "./evidence-commands.ts";
import { addFileCommands } from "./file-command-line.ts";
import { numberIn } from "./argument-values.ts";
import type { Io } from "./io.ts";
import { processIo } from "./process-io.ts";
import { REPORT_FORMATS } from "../reporters/format-names.ts";
import { reportFormats } from "./reports/report-formats.ts";

/** Parses the arguments, runs the one command they name, and returns the exit code. */
export async function runCommand(argv: readonly string[], io: Io = processIo): Promise<number> {
  return runOneOf([addRunCommands, addEvidenceCommands, addFileCommands, addMachineCommands], argv, io);
}

const FAULTS =
  "rehearse many times, each time with one fault (a throttled call, a lost answer) at one AWS operation, and list how each run " +
  "ends; FAULTS is all, one of the sets credentials, lasting, limits, lost-answers, passing, states, teardown, the name of a " +
  "fault, or a file of your own";

const ALLOW_UNCONFINED = "--allow-unconfined-scripts";
const UNCONFINED = "run the scripts of hosts as root even where nothing keeps them from this machine";

/** What runs a drill, and what reads a run. */
function addRunCommands(program: Command, io: Io, carry: Carry): void {
  withReporters(program.command("rehearse [drill]").description("run a drill on the embedded sandbox"))
    .option("--faults <faults>", FAULTS)
    .option(ALLOW_UNCONFINED, UNCONFINED)
    .option("--on <operations>", "only at these operations, with --faults: ec2:CreateVolume, ec2:*, writes")
    .action((drill, options, command: Command) => {
      if (options.on !== undefined && options.faults === undefined)
        command.error("error: option '--on' needs --faults");
      return carry(() => rehearsal({ ...options, drill }, io));
    });
  withReporters(program.command("run <drill>").description("run a drill on AWS"))
    .option("--profile <name>", "profile of your AWS configuration")
    .action((drill, options) => carry(async () => (await import("./commands/run.ts")).run({ ...options, drill }, io)));
  withReporters(program.command("resume <run>").description("go on with a run that was cut off, from its folder"))
    .option("--profile <name>", "profile of your AWS configuration")
    .action((run, options) =>
      carry(async () => (await import("./commands/resume.ts")).resume({ ...options, run }, io)),
    );
  program
    .command("cleanup [runs...]")
    .description("list what earlier runs have left, from their ledgers and by run tag; with --yes delete it")
    .option("--yes", "delete it")
    .option("--region <regions...>", "also look there for run tags: finds what no run folder here tells of")
    .option("--account <id>", "the account to clean up in, where no run folder here names it")
    .option("--profile <name>", "profile of your AWS configuration")
    .action((runs, options) =>
      carry(async () => (await import("./commands/cleanup.ts")).cleanup({ ...options, runs }, io)),
    );
  program
    .command("report <run>")
    .description("render the report of a run again, from its journal; a run is its id, the beginning of it, or latest")
    .addOption(
      new Option("--format <format>", "what to render").choices([...REPORT_FORMATS, "summary"]).default("markdown"),
    )
    .option("--output <file>", "write there instead of to standard output")
    .option("--mask", "pseudonyms in place of account ids and ARNs, made with a key")
    .option("--mask-resources", "pseudonyms in place of resource ids, IP addresses and the machine's name as well")
    .option("--mask-key <file>", "the key's file, kept outside of every bundle; else GAMEDAY_MASK_KEY holds it")
    .action((run, options) =>
      carry(async () => (await import("./commands/report.ts")).report({ ...options, run }, io)),
    );
}

async function rehearsal(options: RehearseOptions & Partial<RehearseFaultsOptions>, io: Io): Promise<number> {
  const { faults } = options;
  if (faults === undefined) return (await import("./commands/rehearse.ts")).rehearse(options, io);
  return (await import("./commands/rehearse-faults.ts")).rehearseFaults({ ...options, faults }, io);
}

/** What looks at this machine, or serves others on it. */
function addMachineCommands(program: Command, io: Io, carry: Carry): void {
  program
    .command("doctor [drill]")
    .description("is this machine ready for rehearsals, or for this drill on AWS?")
    .option("--profile <name>", "profile of your AWS configuration")
    .action((drill, options) =>
      carry(async () => (await import("./commands/doctor.ts")).doctor({ ...options, drill }, io)),
    );
  program
    .command("sandbox")
    .description("run the sandbox alone, in real time, until Ctrl-C")
    .addOption(new Option("--port <number>", "port on 127.0.0.1; any free one by default").argParser(portNumber))
    .option(ALLOW_UNCONFINED, UNCONFINED)
    .option("--seed <drill>", "put there what this drill expects to find")
    .addOption(new Option("--speed <factor>", "how many times as fast its clock runs").argParser(factor).default(1))
    .action((options) => carry(async () => (await import("./commands/sandbox.ts")).sandbox(options, io)));
}

function withReporters(command: Command): Command {
  return command
    .option("--json", "events as JSON Lines on standard output, and nothing else there")
    .option("--keep-on-failure", "when a step fails, keep what the run made, tagged with an expiry")
    .option("--plain", "plain lines instead of the live view")
    .option("--key <file>", "sign the run's statements with this private key (PEM) or KMS key (ARN)")
    .addOption(
      new Option("--report <formats>", `write these reports too: ${REPORT_FORMATS.join(", ")}`).argParser(
        reportFormats,
      ),
    )
    .option("--cloudwatch", "put the measured times into CloudWatch, namespace GameDay");
}

function portNumber(text: string): number {
  const port = numberIn(text, 0, 65_535);
  if (Number.isInteger(port)) return port;
  throw new InvalidArgumentError("It is not a port.");
}

function factor(text: string): number {
  return numberIn(text.replace(/[x×]$/u, ""), 0.001, 1e6);
}
