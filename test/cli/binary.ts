import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const BINARY = join(import.meta.dirname, "../../dist/gameday.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves when standard output or error has shown the text, so often. */
  shows(text: string, times?: number): Promise<void>;
  readonly ended: Promise<Ended>;
}

export interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** An open descriptor of the test's that the program inherits as number 200, as from a shell that has left it open. */
  readonly leaked?: number;
  /** How many files the process may have open. */
  readonly openFiles?: number;
}

/** A throw-away folder to run the real binary in. */
export async function throwAwayFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Nothing of the environment of whoever runs the tests: no credentials, no Terraform settings. */
export function bareEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };
}

export function start(args: readonly string[], { cwd, env = {}, leaked, openFiles }: Place): Started {
  const more = leaked === undefined ? [] : [...Array.from({ length: 197 }, () => "ignore" as const), leaked];
  const command = [process.execPath, BINARY, ...args];
  const limited = ["sh", "-c", `ulimit -n ${openFiles} && exec "$@"`, "sh", ...command];
  const [program = "", ...rest] = openFiles === undefined ? command : limited;
  const child = spawn(program, rest, {
    cwd,
    env: { ...bareEnvironment(), ...env },
    stdio: ["pipe", "pipe", "pipe", ...more],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  if (!child.stdout || !child.stderr) throw new Error("the program has no output to read");
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => ((stdout += text), changed()));
  child.stderr.setEncoding("utf8").on("data", (text: string) => ((stderr += text), changed()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, ended, shows: shown };

  function shown(text: string, times = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (`${stdout}\n${stderr}`.split(text).length <= times) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without showing ${text}:\n${stdout}\n${stderr}`)));
    });
  }
}

/** Runs `gameday ARGS` to its end. */
export function gameday(args: readonly string[], place: Place): Promise<Ended> {
  return start(args, place).ended;
}
