import { kill } from "node:process";
import type { Clock } from "../time/clock.ts";

export interface ChildRequest {
  /** Absolute path, or a name that is looked up on the `PATH` of {@link environment}. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The child's whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stop: StopPolicy;
  /** An open file, or what to do with each chunk. A file lets the child outlive us; a broken pipe would kill it. */
  readonly stdout: ChildOutput;
  readonly stderr: ChildOutput;
  /** Called once the child runs. */
  started?(pid: number): Promise<void>;
}

export type ChildOutput = { readonly fd: number } | ((chunk: Buffer) => void);

/**
 * What an abort does to the child. `interrupt-once`: one SIGINT to the child alone, then patience, never a second signal.
 * `end-group`: SIGTERM to the whole process group, SIGKILL after the grace time.
 */
export type StopPolicy =
  | { readonly kind: "interrupt-once"; readonly patienceMs: number }
  | { readonly kind: "end-group"; readonly graceMs: number };

export interface ChildEnd {
  /** Absent when a signal ended the child, when it never started, and when it still runs. */
  readonly exitCode?: number;
  /** The signal that ended it, for example `SIGKILL`. */
  readonly signal?: string;
  /** Why it could not be started: `ENOENT`, `EACCES`, … */
  readonly spawnError?: string;
  /** It did not stop within the patience and goes on without us. */
  readonly stillRunning?: number;
  /** We asked it to stop. */
  readonly stopped: boolean;
}

/**
 * Runs one program without a shell, in its own process group, so that a Ctrl-C of the terminal reaches us and not the child.
 * The one place that starts processes. Rejects with the abort reason only if the signal has aborted before the start.
 */
export async function runChild(request: ChildRequest): Promise<ChildEnd> {
  return request.clock.during(async () => {
    const { execa } = await import("execa");
    request.signal.throwIfAborted();
    const child = execa(request.file, [...request.args], {
      cwd: request.cwd,
      env: { ...request.environment },
      extendEnv: false,
      detached: true,
      cleanup: false,
      forceKillAfterDelay: false,
      reject: false,
      buffer: false,
      stdin: "ignore",
      stdout: toStdio(request.stdout),
      stderr: toStdio(request.stderr),
    });
    if (typeof request.stdout === "function") child.stdout?.on("data", request.stdout);
    if (typeof request.stderr === "function") child.stderr?.on("data", request.stderr);
    if (child.pid !== undefined) await request.started?.(child.pid);
    return ended(request, child.pid, child);
  });
}

/** execa's types name only the small descriptors; it passes on any. */
function toStdio(output: ChildOutput): "pipe" | 3 {
  return typeof output === "function" ? "pipe" : (output.fd as 3);
}

interface ExecaEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
}

/** Waits for the end, and stops the child when the signal aborts. */
async function ended(request: ChildRequest, pid: number | undefined, child: Promise<ExecaEnd>): Promise<ChildEnd> {
  const over = new AbortController();
  const stopping = stopOnAbort(request, pid, over.signal);
  try {
    const end = await Promise.race([child, stopping.lostPatience]);
    if (end === "lost-patience") return { stopped: true, ...(pid !== undefined && { stillRunning: pid }) };
    return {
      stopped: stopping.requested(),
      ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
      ...(end.signal !== undefined && { signal: end.signal }),
      ...(end.exitCode === undefined && end.signal === undefined && { spawnError: end.code ?? "unknown" }),
    };
  } finally {
    over.abort();
    // The leader may have gone at the first signal and left others of its group behind.
    if (pid !== undefined && stopping.requested() && request.stop.kind === "end-group") send(-pid, "SIGKILL");
  }
}

function stopOnAbort(request: ChildRequest, pid: number | undefined, over: AbortSignal) {
  const { stop, clock, signal } = request;
  let requested = false;
  const lostPatience = new Promise<"lost-patience">((resolve) => {
    const onAbort = () => {
      if (pid === undefined) return;
      requested = true;
      if (stop.kind === "interrupt-once") {
        send(pid, "SIGINT");
        clock.sleep(stop.patienceMs, over).then(() => resolve("lost-patience"), ignoreAbort);
      } else {
        send(-pid, "SIGTERM");
        clock.sleep(stop.graceMs, over).then(() => send(-pid, "SIGKILL"), ignoreAbort);
      }
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    over.addEventListener("abort", () => signal.removeEventListener("abort", onAbort), { once: true });
  });
  return { lostPatience, requested: () => requested };
}

/** The child ended before the grace time did. */
function ignoreAbort(): void {}

/**
 * A negative pid names the process group. A process that is gone already needs no signal, and one that has become another user's
 * (EPERM: sudo, a setuid program) cannot be sent one: whoever waits for it runs out of patience instead.
 */
function send(pid: number, name: NodeJS.Signals): void {
  try {
    kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
