import { readFile } from "node:fs/promises";
import { kill, platform } from "node:process";

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot and start time as the system tells them; only equality means anything. Empty where the system does not tell. */
  readonly started: string;
}

/** Undefined when no such process runs. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const started = platform === "linux" ? await startedOnLinux(pid) : await startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether this very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  try {
    kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  // Where nobody can tell when processes began, one with that pid may be it.
  if (identity.started === "") return true;
  const now = await identityOf(identity.pid);
  return now?.started === identity.started;
}

/** Field 22 of /proc/<pid>/stat, counted after the command name, which may hold spaces and parentheses. A zombie has ended. */
async function startedOnLinux(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : `${boot.trim()}/${fields[19]}`;
  } catch (error) {
    // ESRCH: it has ended while it was read. Anything else does not mean that it has.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

async function startedByPs(pid: number): Promise<string | undefined> {
  const { execa } = await import("execa");
  const { stdout, exitCode } = await execa("ps", ["-o", "lstart=", "-p", String(pid)], { reject: false });
  return exitCode === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
}
