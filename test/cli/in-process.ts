import { runCommand } from "../../src/cli/program.ts";
import { bareEnvironment, type Ended, type Place } from "./binary.ts";
import { capturedIo } from "./captured-io.ts";

/**
 * `gameday ARGS` in the test's own process, a tenth of the work of one of its own: for what does not hang on how a process starts and
 * ends, or on what the AWS SDK reads of the environment, which is the test's here.
 */
export async function gamedayHere(args: readonly string[], { cwd, env = {} }: Place): Promise<Ended> {
  await using io = await capturedIo({ ...bareEnvironment(), ...env });
  const code = await runCommand(args, { ...io, cwd });
  return { code, stdout: io.out(), stderr: io.err() };
}
