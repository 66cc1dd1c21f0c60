import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UNSET } from "../../sandbox/environment.ts";
import { startSandbox, type Sandbox } from "../../sandbox/sandbox.ts";
import { VirtualClock } from "../../time/virtual-clock.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import { openDrill } from "../drills/open-drill.ts";
import { asDiskFailure, startRehearsalSandbox } from "../aws/rehearsal-sandbox.ts";
import { untilSignal } from "../signals.ts";

export interface SandboxCommandOptions {
  readonly port?: number;
  /** The drill whose account and existing instance are put there. */
  readonly seed?: string;
  /** Virtual milliseconds in a real one. */
  readonly speed: number;
}

/** Runs the sandbox alone until it is interrupted, in real time unless told otherwise. Nothing of it stays. */
export async function sandbox(options: SandboxCommandOptions, io: Io): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-sandbox-")).catch((error: unknown) => {
    throw asDiskFailure(error, tmpdir());
  });
  const clock = new VirtualClock({ speed: options.speed, jumps: false });
  try {
    const running = await start(options, { folder, clock, io });
    io.stdout.write(welcome(running));
    await untilSignal();
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
  const where = { folder, clock, ...(options.port === undefined ? {} : { port: options.port }) };
  if (options.seed === undefined)
    return startSandbox(where).catch((error: unknown) => Promise.reject(asDiskFailure(error, folder)));
  const { stepKinds } = await shippedLibrary();
  return startRehearsalSandbox({ ...where, drill: await openDrill(options.seed, stepKinds, io) });
}

function welcome({ endpoint, environment, account }: Sandbox): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  return [
    `# gameday sandbox: account ${account} at ${endpoint}; Ctrl-C ends it, and nothing of it stays.`,
    ...exports,
    `unset ${UNSET.join(" ")}`,
    `# Skip an hour:     curl -K "$GAMEDAY_SANDBOX_CURL" -X POST '${endpoint}/_gameday/advance?ms=3600000'`,
    `# What is there:    curl -K "$GAMEDAY_SANDBOX_CURL" '${endpoint}/_gameday/inventory'`,
    "",
  ].join("\n");
}
