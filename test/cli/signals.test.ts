import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, afterAll, describe, expect, it, onTestFinished } from "vitest";
import { parseJournal } from "../../src/engine/read-journal.ts";
import { start, throwAwayFolder } from "./binary.ts";
import { sandboxOf, type StandaloneSandbox } from "./standalone-sandbox.ts";
import { reportFigures } from "../figures.ts";

const BINARY = join(import.meta.dirname, "../../dist/gameday.js");
const FAKE_TERRAFORM = join(import.meta.dirname, "../terraform/fixtures/terraform.mjs");
const DRILL = `apiVersion: gameday/v1
name: sig
description: Is interrupted while terraform applies.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
prepare:
  - id: stack
    uses: terraform.apply
    with: { directory: terraform }
recover:
  - id: never
    uses: command.run
    with: { command: ["true"] }
verify:
  - id: either
    uses: command.run
    with: { command: ["true"] }
`;
const APPLYING = [["hello"], ["state", 1], ["interruptible", "t.n"], ["start", "t.n"]];

let sandbox: StandaloneSandbox;
const ending: (() => unknown)[] = [];
beforeAll(async () => {
  sandbox = await sandboxOf({ speed: 100 }, (work) => ending.push(work));
});
afterAll(async () => {
  for (const work of ending) await work();
});

/** A folder with the drill, whose terraform applies until it is interrupted. */
async function drillFolder(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const cwd = await throwAwayFolder();
  await mkdir(join(cwd, "drills/sig/terraform"), { recursive: true });
  await writeFile(join(cwd, "drills/sig/drill.yaml"), DRILL);
  await writeFile(join(cwd, "drills/sig/terraform/main.tf"), "");
  await writeFile(join(cwd, "drills/sig/terraform/fake.json"), JSON.stringify({ apply: APPLYING, ...more }));
  return cwd;
}

const environment = () => ({ ...sandbox.environment, GAMEDAY_TERRAFORM: FAKE_TERRAFORM });

function terminalEnvironment(home: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: home, AWS_CONFIG_FILE: "/dev/null", ...environment() };
}

async function startApplying(cwd: string) {
  const run = start(["run", "sig", "--plain"], { cwd, env: environment() });
  await run.shows("t.n: Creating");
  return run;
}

async function runFolder(cwd: string): Promise<string> {
  const [run] = await readdir(join(cwd, ".gameday/runs"));
  return join(cwd, ".gameday/runs", run!);
}

/** What the terraform was asked for and which signals it got, in order. */
async function terraformSaw(cwd: string): Promise<readonly string[]> {
  const log = await readFile(join(await runFolder(cwd), "terraform/stack/calls.log"), "utf8");
  return log
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { command: string }).command);
}

reportFigures("signals");

describe("while terraform applies", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s tears down and ends with %i; terraform saw one SIGINT", async (signal, code) => {
    const cwd = await drillFolder();
    const run = await startApplying(cwd);
    run.child.kill(signal);
    const ended = await run.ended;
    expect(ended.code, ended.stdout + ended.stderr).toBe(code);
    expect(await terraformSaw(cwd)).toEqual(["init", "version", "apply", "SIGINT", "destroy"]);
    const { events } = parseJournal(await readFile(join(await runFolder(cwd), "journal.jsonl")), "journal");
    expect(events.at(-1)).toMatchObject({ type: "run-finished", outcome: "aborted", exitCode: code, leftovers: [] });
  });

  it("a second signal leaves at once, and says what remains and the commands for it", async () => {
    const cwd = await drillFolder({
      destroy: [["hello"], ["untilThere", "go-on"], ["state", 0, 9], ["summary", "destroy", 0]],
    });
    const run = await startApplying(cwd);
    run.child.kill("SIGINT");
    await run.shows("teardown started");
    run.child.kill("SIGINT");
    const { code, stderr } = await run.ended;
    expect(code).toBe(6);
    await writeFile(join(await runFolder(cwd), "terraform/stack/go-on"), "");
    const id = (await runFolder(cwd)).split("/").at(-1);
    expect(stderr).toContain("left at once; still there:\n  terraform.stack");
    expect(stderr).toContain(`gameday resume ${id}`);
    expect(stderr).toContain(`gameday cleanup ${id} --yes`);
    const resumed = await start(["resume", "latest", "--plain"], { cwd, env: environment() }).ended;
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(130);
    expect((await terraformSaw(cwd)).filter((what) => what === "SIGINT")).toHaveLength(1);
  });
});

const script = spawnSync("script", ["--version"]).error
  ? " (skipped: there is no script(1) to make a terminal with)"
  : "";

it.skipIf(script)(
  `Ctrl-C at a real terminal reaches the whole process group, and terraform once${script}`,
  async () => {
    const cwd = await drillFolder();
    const command = `'${process.execPath}' '${BINARY}' run sig --plain`;
    const terminal = spawn("script", ["-qefc", command, "/dev/null"], {
      cwd,
      env: terminalEnvironment(cwd),
    });
    onTestFinished(() => void terminal.kill("SIGKILL"));
    let shown = "";
    const applying = new Promise<void>((resolve) => {
      terminal.stdout.on("data", (bytes: Buffer) => {
        shown += String(bytes);
        if (shown.includes("t.n: Creating")) resolve();
      });
    });
    const closed = once(terminal, "close");
    await Promise.race([applying, closed]);
    terminal.stdin.write("\x03");
    const [code] = (await closed) as [number];
    expect(code, shown).toBe(130);
    expect((await terraformSaw(cwd)).filter((what) => what.startsWith("SIG"))).toEqual(["SIGINT"]);
  },
);

it("a journal that cannot be written any more: what was made is destroyed all the same, and it is told", async () => {
  // The drill's text nearly fills the journal, and the progress of the creations does the rest.
  const made = Array.from({ length: 40 }, (_, index) => `t.n["${"x".repeat(80)}${index}"]`);
  const progress = made.flatMap((address) => [
    ["start", address],
    ["complete", address],
  ]);
  const apply = [["hello"], ["state", 1], ...progress, ["summary", "apply"], ["outputs", {}]];
  const cwd = await drillFolder({ apply });
  await writeFile(join(cwd, "drills/sig/drill.yaml"), `# ${"x".repeat(60_000)}\n${DRILL}`);
  // Beyond 68 KiB every write of the process fails with EFBIG, as it would with ENOSPC on a full disk.
  const survives = `--import 'data:text/javascript,process.on("SIGXFSZ",()=>{})'`;
  const limited = `ulimit -f 68; exec '${process.execPath}' ${survives} '${BINARY}' run sig --plain`;
  const child = spawn("bash", ["-c", limited], { cwd, env: terminalEnvironment(cwd) });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => (stdout += String(bytes)));
  child.stderr.on("data", (bytes: Buffer) => (stderr += String(bytes)));
  const [code] = (await once(child, "close")) as [number];
  expect(stderr, `${code} ${stdout}`).toContain("the run's journal cannot be written any more");
  expect(code, stdout + stderr).toBe(5);
  expect(stderr).toContain("teardown started");
  expect(await terraformSaw(cwd)).toContain("destroy");
  const { events } = parseJournal(await readFile(join(await runFolder(cwd), "journal.jsonl")), "journal");
  expect(events.some(({ type }) => type === "resource-intended")).toBe(true);
  expect(events.at(-1)?.type).not.toBe("run-finished");
});
