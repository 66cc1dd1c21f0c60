import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { kill as sendSignal } from "node:process";
import type { Clock } from "../../time/clock.ts";
import { systemClock } from "../../time/system-clock.ts";
import { spawnApart } from "./spawn-apart.ts";

export interface ScriptRun {
  /** The program that runs it, by absolute path, and its arguments. */
  readonly command: readonly [file: string, ...args: string[]];
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
    const child = spawnApart(run.command, { cwd: run.directory, env: run.environment, stdin: "ignore" });
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream && capped(stream, run.outputBytes));
    const kill = killer(clock, child, run);
    const exitCode = await exitOf(child);
    const ended = kill.stop();
    return { exitCode, ended, stdout: (await stdout) ?? "", stderr: (await stderr) ?? "" };
  });
}

function killer(clock: Clock, child: ChildProcess, { timeoutMs, realMs, signal }: ScriptRun) {
  const over = new AbortController();
  let ended: ScriptOutcome["ended"] = "by-itself";
  const end = (why: ScriptOutcome["ended"]) => {
    if (over.signal.aborted) return;
    ended = why;
    killGroups(child);
    // Who has left the group may hold on to the output for ever.
    child.once("exit", () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()));
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

/** Inside of a namespace the script is the child of the program that entered it, and leads a group of its own. */
function killGroups(child: ChildProcess): void {
  if (child.pid === undefined) return;
  for (const pid of [...childrenOf(child.pid), child.pid]) {
    for (const target of [-pid, pid]) {
      try {
        sendSignal(target, "SIGKILL");
      } catch {
        // It ended by itself in the meantime, or leads no group.
      }
    }
  }
}

/** Read at once, as they must be killed before they can leave. */
function childrenOf(pid: number): readonly number[] {
  try {
    const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return listed === "" ? [] : listed.split(" ").map(Number);
  } catch {
    return [];
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
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (room <= 0) continue;
      kept.push(chunk.subarray(0, room));
      room -= chunk.length;
    }
  } catch {
    // Cut off, as the script was killed: what it has printed until then counts.
  }
  return Buffer.concat(kept).toString("utf8");
}
