import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runChild, type ChildEnd, type StopPolicy } from "../../src/processes/child-process.ts";
import { identityOf, isRunning } from "../../src/processes/process-identity.ts";
import { systemClock } from "../../src/time/system-clock.ts";

const END_GROUP: StopPolicy = { kind: "end-group", graceMs: 200 };

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-processes-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a script and aborts as soon as it has printed `ready`. */
async function stopWhenReady(script: string, stop: StopPolicy, ...args: string[]): Promise<ChildEnd> {
  const abort = new AbortController();
  return runChild({
    file: "/bin/sh",
    args: ["-c", script, "sh", ...args],
    cwd: "/",
    environment: { PATH: "/usr/bin:/bin" },
    clock: systemClock,
    signal: abort.signal,
    stop,
    stdout: (chunk) => String(chunk).includes("ready") && abort.abort("enough"),
    stderr: () => undefined,
  });
}

test.each([
  ["the leader ignores SIGTERM", `trap "" TERM; echo $$ >"$1"; echo ready; while :; do sleep 0.05; done`],
  [
    "only its child ignores SIGTERM, and has let go of the pipes",
    `sh -c 'trap "" TERM; echo $$ >"$0"; while :; do sleep 0.05; done' "$1" >/dev/null 2>&1 & while [ ! -s "$1" ]; do sleep 0.01; done; echo ready; wait`,
  ],
])("nothing of a group survives: %s", async (_how, script) => {
  const pidFile = join(await temporaryFolder(), "pid");
  const end = await stopWhenReady(script, END_GROUP, pidFile);
  expect(end.stopped).toBe(true);
  const pid = Number(await readFile(pidFile, "utf8"));
  await expect.poll(() => identityOf(pid)).toBeUndefined();
});

test("a patient stop sends one SIGINT and, in the end, goes on without the child", async () => {
  const counted = join(await temporaryFolder(), "count");
  const script = `trap 'echo x >>"$1"' INT; trap 'echo x >>"$1"' TERM; echo ready; while [ ! -e "$1.end" ]; do sleep 0.05; done`;
  const end = await stopWhenReady(script, { kind: "interrupt-once", patienceMs: 150 }, counted);
  expect(end).toEqual({ stopped: true, stillRunning: expect.any(Number) });
  const identity = await identityOf(end.stillRunning!);
  expect(identity && (await isRunning(identity))).toBe(true);
  await writeFile(`${counted}.end`, "");
  await expect.poll(() => identity && isRunning(identity)).toBe(false);
  expect(await readFile(counted, "utf8")).toBe("x\n");
});

test("an exit code, a signal, a missing program: told apart", async () => {
  const run = (file: string, ...args: string[]) =>
    runChild({
      file,
      args,
      cwd: "/",
      environment: { PATH: "/usr/bin:/bin" },
      clock: systemClock,
      signal: new AbortController().signal,
      stop: END_GROUP,
      stdout: () => undefined,
      stderr: () => undefined,
    });
  expect(await run("sh", "-c", "exit 7")).toEqual({ exitCode: 7, stopped: false });
  expect(await run("sh", "-c", "kill -9 $$")).toEqual({ signal: "SIGKILL", stopped: false });
  expect(await run("/no/such/program")).toEqual({ spawnError: "ENOENT", stopped: false });
  expect(await run("/etc")).toEqual({ spawnError: "EACCES", stopped: false });
});

test("a process is told apart from a later one with its pid", async () => {
  const me = await identityOf(process.pid);
  expect(me && (await isRunning(me))).toBe(true);
  expect(await isRunning({ pid: process.pid, started: "another boot/7" })).toBe(false);
  expect(await identityOf(2 ** 22 + 1)).toBeUndefined();
});
