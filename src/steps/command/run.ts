import * as z from "zod";
import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import { BoundedOutput } from "../../processes/bounded-output.ts";
import { runChild, type ChildEnd } from "../../processes/child-process.ts";
import { defineStep } from "../define-step.ts";
import { directoryInDrill, drillPath, plainPaths } from "../drill-folder.ts";
import type { DrillServices } from "../services.ts";

type Context = StepContext<DrillServices>;

const LONGEST_OUTPUT_BYTES = 64 * 1024;
/** Time for a program to end by itself once it was asked to. */
const GRACE_MS = 5_000;
/** Where programs are looked for when the drill passes no PATH of its own. */
const PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SHOWN_LINES = 20;

const text = z.string().refine((value) => !value.includes("\0"), { message: "must not contain NUL" });
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const input = z.strictObject({
  command: z
    .tuple([text.min(1)], text)
    .describe("The program and its arguments. No shell: nothing is expanded, joined or split"),
  environment: z.record(variableName, text).optional().describe("Variables for the program"),
  passEnvironment: z
    .array(variableName)
    .optional()
    .describe(
      "Variables that are passed on from gameday's environment; their values are blanked wherever the run writes them",
    ),
  directory: drillPath.optional().describe("Where it runs, relative to the drill file"),
  expectExitCode: z.number().int().min(0).max(255).default(0),
  captureStdout: z.enum(["text", "json", "none"]).default("text"),
});
type Input = z.output<typeof input>;

export const commandRun = defineStep({
  uses: "command.run",
  does: "Runs a program on this machine, in rehearsals too, without a shell and with an environment of its own",
  input,
  output: z.object({
    exitCode: z.number().int(),
    stdout: z.string().describe("At most the first 64 KiB, without the last line feed"),
    truncated: z.boolean(),
    json: z.unknown().optional().describe("What stdout holds, with captureStdout: json"),
  }),
  permissions: [],
  files: ({ command, directory = "." }) =>
    typeof directory === "string" && Array.isArray(command) ? plainPaths(command, directory) : [],
  defaultTimeoutMs: 10 * 60_000,
  async run(ctx, given) {
    const stdout = new BoundedOutput(LONGEST_OUTPUT_BYTES);
    const stderr = new BoundedOutput(LONGEST_OUTPUT_BYTES);
    const end = await runProgram(ctx, given, { stdout, stderr });
    assertExit(given, end, [...lastLines(stderr), ...lastLines(stdout)]);
    const captured = given.captureStdout === "none" ? "" : withoutLastLineFeed(stdout.text());
    return {
      exitCode: given.expectExitCode,
      stdout: captured,
      truncated: stdout.truncated,
      ...(given.captureStdout === "json" && { json: parseAnswer(given, captured, stdout.truncated) }),
    };
  },
});

async function runProgram(
  ctx: Context,
  given: Input,
  output: { readonly stdout: BoundedOutput; readonly stderr: BoundedOutput },
): Promise<ChildEnd> {
  const [file, ...args] = given.command;
  const end = await runChild({
    file,
    args,
    cwd: await directoryInDrill(ctx.drillFolder, given.directory ?? "."),
    environment: environmentOf(given, ctx),
    clock: ctx.clock,
    signal: ctx.signal,
    stop: { kind: "end-group", graceMs: GRACE_MS },
    stdout: output.stdout.add,
    stderr: output.stderr.add,
  });
  if (end.stopped) ctx.signal.throwIfAborted();
  return end;
}

/** What a drill passes on it mostly passes on because it is secret, whatever its name: only these are surely not. */
const PLAIN_VARIABLE =
  /^(?:PATH|HOME|PWD|USER|LOGNAME|SHELL|TERM|TZ|TMPDIR|LANG|LANGUAGE|LC_[A-Z]+|CI|AWS_(?:DEFAULT_)?REGION|AWS_PROFILE)$/;

function environmentOf(given: Input, ctx: Context): Record<string, string> {
  const environment: Record<string, string> = { PATH: PLAIN_PATH, LC_ALL: "C.UTF-8" };
  for (const name of given.passEnvironment ?? []) {
    const value = ctx.services.hostEnvironment[name];
    if (value === undefined) continue;
    if (!PLAIN_VARIABLE.test(name)) ctx.secret(value);
    environment[name] = value;
  }
  const own = { ...environment, ...given.environment };
  const { rehearsalEnvironment } = ctx.services;
  return rehearsalEnvironment === undefined
    ? own
    : { ...withoutAws(own), ...rehearsalEnvironment, ...regionsOf(given) };
}

/** A profile, a key or an endpoint of the user's would lead a rehearsed program to a real account. */
function withoutAws(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^AWS_/i.test(name)));
}

/** The one thing of AWS's that a drill may say in a rehearsal too. */
function regionsOf({ environment = {} }: Input): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => /^AWS_(DEFAULT_)?REGION$/.test(name)));
}

function assertExit(given: Input, end: ChildEnd, lines: readonly string[]): void {
  const program = given.command[0];
  if (end.spawnError !== undefined) throw cannotStart(program, end.spawnError);
  if (end.exitCode === given.expectExitCode) return;
  const how = end.signal === undefined ? `ended with exit code ${end.exitCode}` : `was killed by ${end.signal}`;
  throw new Failure({
    code: "command-failed",
    message: `${program} ${how}; expected was exit code ${given.expectExitCode}`,
    fixer: "drill author",
    details: lines,
  });
}

function cannotStart(program: string, code: string): Failure {
  return new Failure({
    code: "command-not-started",
    message: `${program} cannot be started (${code})`,
    fixer: "drill author",
    next: "name the program by its absolute path, or pass PATH on with passEnvironment",
  });
}

function parseAnswer(given: Input, stdout: string, truncated: boolean): unknown {
  try {
    if (!truncated) return JSON.parse(stdout);
  } catch {
    // Told below, with what was printed instead.
  }
  throw new Failure({
    code: "command-output-not-json",
    message: `${given.command[0]} printed ${truncated ? `more than ${LONGEST_OUTPUT_BYTES} bytes` : "something that is not JSON"}`,
    fixer: "drill author",
    details: stdout.split("\n").slice(0, SHOWN_LINES),
  });
}

function lastLines(output: BoundedOutput): readonly string[] {
  const lines = output.text().split("\n");
  return lines.filter((line) => line !== "").slice(-SHOWN_LINES);
}

function withoutLastLineFeed(printed: string): string {
  return printed.replace(/\r?\n$/, "");
}
