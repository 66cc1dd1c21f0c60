import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { identityOf } from "../../processes/process-identity.ts";
import { confinement } from "../../sandbox/hosts/confinement.ts";
import { UNSET } from "../../sandbox/environment.ts";
import { startSandbox, type Sandbox } from "../../sandbox/sandbox.ts";
import { VirtualClock } from "../../time/virtual-clock.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import { openDrill } from "../drills/open-drill.ts";
import { OWNER, removeAbandoned, STANDALONE_PREFIX } from "../aws/abandoned-standalone.ts";
import { asDiskFailure, startRehearsalSandbox } from "../aws/rehearsal-sandbox.ts";
import { checkScriptsConfined } from "../aws/unconfined-scripts.ts";
import { untilSignal } from "../signals.ts";

export interface SandboxCommandOptions {
  readonly port?: number;
  /** The drill whose account and existing instance are put there. */
  readonly seed?: string;
  /** Virtual milliseconds in a real one. */
  readonly speed: number;
  readonly allowUnconfinedScripts?: boolean;
}

/** Runs the sandbox alone until it is interrupted, in real time unless told otherwise. Nothing of it stays. */
export async function sandbox(options: SandboxCommandOptions, io: Io): Promise<number> {
  await checkScriptsConfined(options.allowUnconfinedScripts, io);
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), STANDALONE_PREFIX)).catch((error: unknown) => {
    throw asDiskFailure(error, tmpdir());
  });
  await writeFile(join(folder, OWNER), JSON.stringify(await identityOf(process.pid)));
  const clock = new VirtualClock({ speed: options.speed, jumps: false });
  try {
    const running = await start(options, { folder, clock, io });
    const told = welcome(running, await confinementWords());
    // Listening before anybody can know that it is there.
    const signalled = untilSignal();
    io.stdout.write(told);
    await signalled;
    await running.close();
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function start(
  options: SandboxCommandOptions,
  { folder, clock, io }: { folder: string; clock: VirtualClock; io: Io },
): Promise<Sandbox> {
  const { allowUnconfinedScripts = false } = options;
  const where = {
    folder,
    clock,
    allowUnconfinedScripts,
    ...(options.port === undefined ? {} : { port: options.port }),
  };
  if (options.seed === undefined)
    return startSandbox(where).catch((error: unknown) => Promise.reject(whyNot(error, folder, options)));
  const { stepKinds } = await shippedLibrary();
  const drill = await openDrill(options.seed, stepKinds, io);
  return startRehearsalSandbox({ ...where, drill }).catch((error: unknown) =>
    Promise.reject(whyNot(error, folder, options)),
  );
}

/** A port that another program has is the operator's to choose anew. */
function whyNot(error: unknown, folder: string, { port }: SandboxCommandOptions): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE" && code !== "EACCES") return asDiskFailure(error, folder);
  return new Failure({
    code: code === "EACCES" ? "port-refused" : "port-taken",
    message:
      code === "EACCES" ? `port ${port} is not open to you on 127.0.0.1` : `port ${port} is taken by another program`,
    fixer: "operator",
    next: "gameday sandbox --port 0 takes any free one",
    cause: error,
  });
}

async function confinementWords(): Promise<string> {
  return (await confinement()).kind === "namespaces"
    ? "They see the system's programs and their own instance, and no other file, process or network."
    : "NOTHING KEEPS THEM FROM YOUR FILES, PROCESSES AND NETWORK.";
}

function welcome({ endpoint, environment, account }: Sandbox, confinedTo: string): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  return [
    `# gameday sandbox: account ${account} at ${endpoint}; Ctrl-C ends it, and nothing of it stays.`,
    "# WHO HAS THE SECRET BELOW CAN RUN PROGRAMS ON THIS MACHINE, AS YOU: scripts that SSM sends to an instance run here.",
    `# ${confinedTo}`,
    ...exports,
    `unset ${UNSET.join(" ")}`,
    `# Skip an hour:     curl -K "$GAMEDAY_SANDBOX_CURL" -X POST '${endpoint}/_gameday/advance?ms=3600000'`,
    `# What is there:    curl -K "$GAMEDAY_SANDBOX_CURL" '${endpoint}/_gameday/inventory'`,
    "",
  ].join("\n");
}
