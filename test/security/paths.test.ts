import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import { Failure } from "../../src/engine/failure.ts";
import { directoryInDrill } from "../../src/steps/drill-folder.ts";
import { makeWorkingCopy } from "../../src/terraform/working-copy.ts";
import { capturedIo, type CapturedIo } from "../cli/captured-io.ts";
import { RUN_ID } from "../evidence/events.ts";
import { passedRehearsal } from "../evidence/runs.ts";
import { failureCount, recordFigures, stopwatch } from "../figures.ts";
import { journalFile } from "./journal-file.ts";

/** Beyond what any file system takes, and short in a title. */
const LONG_NAME = "LONG";
const meant = (name: string) => name.replace(LONG_NAME, "x".repeat(5_000));
const elapsed = stopwatch();
const failures = failureCount();
let cases = 0;
let parent: string;
let io: CapturedIo;

/** `work` is where gameday is started; nothing may happen to `outside`. */
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "gameday-paths-"));
  await mkdir(join(parent, "outside/terraform"), { recursive: true });
  await mkdir(join(parent, "work"));
  await writeFile(join(parent, "outside/kept.txt"), "kept\n");
  await writeFile(join(parent, "outside/terraform/main.tf"), "");
  io = { ...(await capturedIo()), cwd: join(parent, "work") };
});
afterEach(async () => {
  cases++;
  expect(await treeOf(join(parent, "outside"))).toEqual(["kept.txt", "terraform", "terraform/main.tf"]);
  expect(await readFile(join(parent, "outside/kept.txt"), "utf8")).toBe("kept\n");
  expect((await readdir(parent)).sort()).toEqual(["outside", "work"]);
  await rm(parent, { recursive: true, force: true });
  await io[Symbol.asyncDispose]();
});
afterAll(() => recordFigures({ battery: "paths", cases, failures: failures(), seconds: elapsed() }));

async function treeOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

/** Refused as wrong usage, in words and not with a stack. */
async function refused(args: readonly string[]): Promise<string> {
  expect(await runCommand(args.map(meant), io), io.err()).toBe(2);
  expect(io.err()).not.toMatch(/^\s+at |has a bug|\0/m);
  return io.err();
}

describe("a drill's path", () => {
  const ARGUMENTS = [
    "",
    ".",
    "..",
    "../outside",
    "../outside/kept.txt",
    "drills/../../outside",
    "/",
    "/etc/passwd",
    "/dev/zero",
    "/proc/self/mem",
    "~root",
    "drill.yaml\0.txt",
    "\0",
    "fifo",
    "link-out",
    "link-nowhere",
    "link-to-itself",
    LONG_NAME,
  ];
  it.each(ARGUMENTS.flatMap((argument) => ["validate", "plan", "rehearse"].map((command) => [command, argument])))(
    "%s %j is refused",
    async (command, argument) => {
      execFileSync("mkfifo", [join(io.cwd, "fifo")]);
      await symlink("../outside", join(io.cwd, "link-out"));
      await symlink("nowhere", join(io.cwd, "link-nowhere"));
      await symlink("link-to-itself", join(io.cwd, "link-to-itself"));
      await refused([command!, argument!]);
      expect(await readdir(io.cwd)).not.toContain(".gameday");
    },
  );
});

describe("a directory in a drill file", () => {
  const DIRECTORIES = ["..", "../outside", "a/../../outside", "/etc", "/", "./..", "a\\..\\..", "a\0b", "", LONG_NAME];
  it.each(
    DIRECTORIES.flatMap((directory) => [
      ["terraform.apply", { directory }],
      ["command.run", { command: ["true"], directory }],
    ]),
  )("of %s is refused by validate: %j", async (uses, input) => {
    await writeFile(join(io.cwd, "drill.yaml"), meant(drillWith({ uses, with: input })));
    expect(await refused(["validate", "drill.yaml"])).toContain("drill.yaml:");
  });

  it.each([
    ...DIRECTORIES.filter((path) => path !== ""),
    "link-out",
    "link-out/terraform",
    "link-nowhere",
    "file",
    "none",
  ])("is refused when an expression yields it, or a link leads out: %j", async (directory) => {
    await symlink("../outside", join(io.cwd, "link-out"));
    await symlink("nowhere", join(io.cwd, "link-nowhere"));
    await writeFile(join(io.cwd, "file"), "");
    await expect(directoryInDrill(io.cwd, meant(directory))).rejects.toMatchObject({
      details: { code: "drill-directory" },
    });
  });

  it.each(["../../outside/kept.txt", "/etc/passwd", "../../outside", "..", "nowhere", "main.tf/x"])(
    "is not copied when something in it links to %j",
    async (target) => {
      await mkdir(join(io.cwd, "terraform"));
      await writeFile(join(io.cwd, "terraform/main.tf"), "");
      await symlink(target, join(io.cwd, "terraform/link"));
      await expect(makeWorkingCopy(join(io.cwd, "terraform"), join(io.cwd, "copy"))).rejects.toBeInstanceOf(Failure);
      expect(await readdir(io.cwd)).not.toContain("copy");
    },
  );
});

describe("a run's name", () => {
  const NAMES = [
    "..",
    "../..",
    "../../outside",
    "/",
    "/etc",
    "\0",
    `${RUN_ID}/..`,
    `${RUN_ID}\0`,
    "*",
    "%2e%2e",
    "latest/..",
    LONG_NAME,
  ];
  it.each(NAMES.flatMap((name) => ["report", "resume"].map((command) => [command, name])))(
    "%s %j is refused",
    async (command, name) => {
      await journalFile(io.cwd, passedRehearsal());
      expect(await refused([command!, name!])).toContain("there is no run");
      expect(io.out()).toBe("");
    },
  );
});

describe("the file a report is written to", () => {
  const OUTPUTS = [
    "",
    "\0",
    "a\0b",
    ".",
    "..",
    "/",
    "/dev/null",
    "fifo",
    "link",
    "link-to-journal",
    "none/report.md",
    LONG_NAME,
  ];
  const RECORDS = ["journal.jsonl", "report.md", "../../x"].map((name) => `.gameday/runs/${RUN_ID}/${name}`);
  it.each([...OUTPUTS, ...RECORDS, "link-to-run/journal.jsonl"])(
    "%j is refused, and the journal stays",
    async (output) => {
      const journal = await journalFile(io.cwd, passedRehearsal());
      const before = await readFile(journal, "utf8");
      execFileSync("mkfifo", [join(io.cwd, "fifo")]);
      await symlink("../outside/kept.txt", join(io.cwd, "link"));
      await symlink(journal, join(io.cwd, "link-to-journal"));
      await symlink(join(journal, ".."), join(io.cwd, "link-to-run"));
      await refused(["report", "latest", "--output", output]);
      expect(await readFile(journal, "utf8")).toBe(before);
    },
  );

  it("replaces a regular file, and a file elsewhere that the user names", async () => {
    await journalFile(io.cwd, passedRehearsal());
    const elsewhere = await mkdtemp(join(tmpdir(), "gameday-report-"));
    await writeFile(join(io.cwd, "report.md"), "old");
    for (const path of ["report.md", join(elsewhere, "report.md")]) {
      expect(await runCommand(["report", "latest", "--output", path], io), io.err()).toBe(0);
      expect(await readFile(join(io.cwd, path).replace(`${io.cwd}${elsewhere}`, elsewhere), "utf8")).toContain("PASS");
    }
    await rm(elsewhere, { recursive: true });
  });
});

describe("the name of a new drill", () => {
  it.each([
    "",
    ".",
    "..",
    "../outside/x",
    "/etc/x",
    "a/b",
    "a\\b",
    "a\0b",
    "-x",
    "A",
    "a b",
    "$(x)",
    "drill.yaml\n",
    LONG_NAME,
  ])("init %j is refused", async (name) => {
    await refused(["init", "--", name]);
    expect(await readdir(io.cwd)).toEqual([]);
  });

  it.each(["../outside", "/tmp", "nowhere"])("is refused when drills is a link to %s", async (target) => {
    await symlink(target, join(io.cwd, "drills"));
    await refused(["init", "mine"]);
    expect(await readdir(io.cwd)).toEqual(["drills"]);
  });
});

function drillWith(step: object): string {
  return JSON.stringify({
    apiVersion: "gameday/v1",
    name: "paths",
    description: "A directory that must not be used",
    regions: { primary: "us-east-1", dr: "us-west-2" },
    safety: { accounts: ["111122223333"] },
    recover: [{ id: "it", ...step }],
    verify: [{ id: "check", uses: "command.run", with: { command: ["true"] } }],
  });
}
