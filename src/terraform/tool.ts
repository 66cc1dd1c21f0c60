import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceScope } from "../engine/step-kind.ts";
import { runChild, type ChildEnd } from "../processes/child-process.ts";
import { followFile } from "../processes/follow-file.ts";
import { Lines } from "../processes/lines.ts";
import { identityOf, isRunning, type ProcessIdentity } from "../processes/process-identity.ts";
import { BoundedOutput } from "../processes/bounded-output.ts";
import { secretsInState } from "./state-secrets.ts";
import { Transcript } from "./transcript.ts";
import { readRegularFile, readRegularText } from "../engine/regular-file.ts";
import { replaceFile } from "../engine/replace-file.ts";

/** Terraform, ready to run in one working copy. */
export interface Tool {
  readonly binary: string;
  /** Absolute path of the working copy. */
  readonly folder: string;
  /** The whole environment of its processes. */
  readonly environment: Readonly<Record<string, string>>;
  readonly scope: ServiceScope;
}

export interface CommandEnd {
  readonly verb: string;
  readonly end: ChildEnd;
  readonly transcript: Transcript;
}

/** How long an interrupted Terraform may take to finish the calls in flight before we go on without it. */
const PATIENCE_MS = 10 * 60_000;
const PROCESS_FILE = "gameday-process.json";
const LOG_FILE = /^gameday-([a-z]+)-(\d+)\.jsonl$/;
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;
const LOOK_EVERY_MS = 250;

/**
 * Runs a command that prints the machine-readable UI and shows its progress. It writes to a log file in the working copy, not to us:
 * killed, we leave behind a Terraform that finishes its work, and whoever resumes the run can see who it is and what it said.
 */
export async function runCommand(tool: Tool, verb: string, args: readonly string[]): Promise<CommandEnd> {
  const { scope, folder } = tool;
  await waitForEarlierProcess(tool);
  const logPath = join(folder, `gameday-${verb}-${await nextLogNumber(folder)}.jsonl`);
  const log = await open(logPath, "ax", 0o600);
  const transcript = new Transcript((message, fraction) => scope.progress(message, fraction));
  try {
    let noted = () => {};
    const remembered = new Promise<void>((resolve) => (noted = resolve));
    const running = runChild({
      ...childOf(tool, [verb, ...args]),
      stdout: { fd: log.fd },
      stderr: { fd: log.fd },
      started: (pid) => rememberProcess(folder, pid).then(noted),
    });
    // Nothing of it is told before whoever resumes the run could find it.
    await Promise.race([remembered, running]);
    const lines = new Lines(transcript.line);
    await followFile({ path: logPath, clock: scope.clock, writer: running, chunk: (bytes) => lines.add(bytes) });
    lines.end();
    const end = await running;
    for (const text of await secretsInState(folder)) scope.secret(text);
    if (end.stillRunning === undefined) await rm(join(folder, PROCESS_FILE), { force: true });
    return { verb, end, transcript };
  } finally {
    await log.close();
  }
}

/** Runs a quick command that answers with one JSON document, which is held in memory only. Undefined when it does not. */
export async function askJson(tool: Tool, args: readonly string[]): Promise<unknown> {
  const answer = new BoundedOutput(MOST_ANSWER_BYTES);
  const end = await runChild({ ...childOf(tool, args), stdout: answer.add, stderr: () => undefined });
  if (end.stopped) tool.scope.signal.throwIfAborted();
  if (end.exitCode !== 0 || answer.truncated) return undefined;
  try {
    return JSON.parse(answer.text());
  } catch {
    return undefined;
  }
}

function childOf(tool: Tool, args: readonly string[]) {
  return {
    file: tool.binary,
    args,
    cwd: tool.folder,
    environment: tool.environment,
    clock: tool.scope.clock,
    signal: tool.scope.signal,
    stop: { kind: "interrupt-once", patienceMs: PATIENCE_MS } as const,
  };
}

/** A Terraform that a killed gameday has left behind works on in the same copy: its end is awaited, and it is never signalled. */
export async function waitForEarlierProcess({ scope, folder }: Pick<Tool, "scope" | "folder">): Promise<void> {
  const earlier = await rememberedProcess(folder);
  if (!earlier || !(await isRunning(earlier))) return;
  scope.progress(`waiting for terraform (process ${earlier.pid}), which an interrupted gameday has left behind`);
  await scope.clock.during(async () => {
    while (await isRunning(earlier)) await scope.clock.sleep(LOOK_EVERY_MS, scope.signal);
  });
}

/** Only for people and for a later resume: a run must not fail because the note could not be written. */
async function rememberProcess(folder: string, pid: number): Promise<void> {
  const identity = await identityOf(pid);
  if (identity) await replaceFile(join(folder, PROCESS_FILE), JSON.stringify(identity)).catch(() => undefined);
}

async function rememberedProcess(folder: string): Promise<ProcessIdentity | undefined> {
  try {
    const { pid, started } = JSON.parse(await readRegularText(join(folder, PROCESS_FILE))) as ProcessIdentity;
    return Number.isSafeInteger(pid) && pid > 1 && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

/** What the logs of a working copy's applies tell about creations, whatever its state says. Addresses, without doubles. */
export interface Creations {
  readonly begun: readonly string[];
  /** Begun by a Terraform that was killed and said nothing of the end: they may exist without being in any state. */
  readonly untracked: readonly string[];
}

export async function creationsIn(folder: string): Promise<Creations> {
  const begun = new Set<string>();
  const untracked = new Set<string>();
  for (const name of (await readdir(folder)).sort()) {
    if (LOG_FILE.exec(name)?.[1] !== "apply") continue;
    const transcript = new Transcript();
    const lines = new Lines(transcript.line);
    lines.add(await readRegularFile(join(folder, name)));
    lines.end();
    for (const address of transcript.creations) begun.add(address);
    for (const [address, { action }] of transcript.inFlight) if (action === "create") untracked.add(address);
  }
  return { begun: [...begun], untracked: [...untracked] };
}

/** What Terraform has said may hold what must not stay on disk: sensitive values in its errors, its environment in a crash report. */
export async function removeLogs(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => LOG_FILE.test(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}

async function nextLogNumber(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).map((name) => Number(LOG_FILE.exec(name)?.[2] ?? 0));
  return Math.max(0, ...numbers) + 1;
}
