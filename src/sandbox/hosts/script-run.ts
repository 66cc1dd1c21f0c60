import { spawn, type ChildProcess } from "node:child_process";
import { kill as sendSignal } from "node:process";
import type { Clock } from "../../time/clock.ts";
import { systemClock } from "../../time/system-clock.ts";

export interface ScriptRun {
  /** The script file; /bin/sh runs it. */
  readonly path: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** On the clock that the script is run with. */
  readonly timeoutMs: number;
  /** The least real milliseconds it has before that counts. */
  readonly realMs: number;
  /** Most bytes kept of stdout and of stderr each. */
  readonly outputBytes: number;
  readonly signal: AbortSignal;
}

export interface ScriptOutcome {
  /** Undefined when the script was ended by a signal. */
  readonly exitCode: number | undefined;
  readonly ended: "by-itself" | "timed-out" | "cancelled";
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script as its own process group, which is killed as a whole when time is up or the signal aborts. What the script
 * prints beyond the cap is read and dropped. Counts as real work for the clock.
 */
export function runScript(clock: Clock, run: ScriptRun): Promise<ScriptOutcome> {
  return clock.during(async () => {
    const child = spawn("/bin/sh", [run.path], {
      cwd: run.directory,
      env: run.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => capped(stream, run.outputBytes));
    const kill = killer(clock, child, run);
    const exitCode = await exitOf(child);
    const ended = kill.stop();
    return { exitCode, ended, stdout: await stdout!, stderr: await stderr! };
  });
}

function killer(clock: Clock, child: ChildProcess, { timeoutMs, realMs, signal }: ScriptRun) {
  const over = new AbortController();
  let ended: ScriptOutcome["ended"] = "by-itself";
  const end = (why: ScriptOutcome["ended"]) => {
    if (over.signal.aborted) return;
    ended = why;
    killGroup(child);
  };
  const onAbort = () => end("cancelled");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const waits = [clock.sleep(timeoutMs, over.signal), systemClock.sleep(realMs, over.signal)];
  Promise.all(waits).then(
    () => end("timed-out"),
    () => undefined,
  );
  return {
    stop(): ScriptOutcome["ended"] {
      over.abort();
      signal.removeEventListener("abort", onAbort);
      return ended;
    },
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    sendSignal(-child.pid, "SIGKILL");
  } catch {
    // The group ended by itself in the meantime.
  }
}

/** Resolves once the script and everybody who still holds its output have ended. */
function exitOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? undefined));
  });
}

async function capped(stream: NodeJS.ReadableStream, most: number): Promise<string> {
  const kept: Buffer[] = [];
  let room = most;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (room <= 0) continue;
    kept.push(chunk.subarray(0, room));
    room -= chunk.length;
  }
  return Buffer.concat(kept).toString("utf8");
}
