import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { validate } from "../../src/cli/commands/validate.ts";
import { HELP } from "../../src/cli/help.ts";
import { EXIT_CODES } from "../../src/engine/exit-code.ts";
import { gameday, throwAwayFolder } from "./binary.ts";
import { capturedIo } from "./captured-io.ts";

const ROOT = join(import.meta.dirname, "../..");

it("the drills in the README are valid", async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const [whole = "", phases = ""] = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => yaml);
  await using io = await capturedIo();
  await writeFile(join(io.cwd, "a.yaml"), whole);
  await writeFile(join(io.cwd, "b.yaml"), whole.slice(0, whole.indexOf("prepare:")) + phases);
  expect(phases).toContain("forEach");
  expect(await validate({ drills: ["a.yaml", "b.yaml"] }, io)).toBe(0);
  expect(io.err()).toBe("");
});

it("what the README shows of a drill file with a mistake is what validate prints, all of it", async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const shown = /^\$ npx gameday validate drills\/broken\.yaml\n(.*?)^```$/ms.exec(readme)?.[1];
  const [, whole = ""] = /^```yaml\n(.*?)^```$/ms.exec(readme) ?? [];
  const broken = whole.replace(
    'with: { snapshotId: "${{ steps.snapshot',
    'with: { sourceSnapshotId: "${{ steps.snapshot',
  );
  await using io = await capturedIo();
  await mkdir(join(io.cwd, "drills"));
  await writeFile(join(io.cwd, "drills/broken.yaml"), broken);
  expect(await validate({ drills: ["drills/broken.yaml"] }, io)).toBe(2);
  expect(shown).toBe(io.err());
});

it("the head of a report that the README shows has the lines of a report", async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const golden = await readFile(join(ROOT, "test/reporters/golden/passed-rehearsal.report.md"), "utf8");
  const labels = (text: string, line: RegExp) => [...text.matchAll(line)].map(([, label]) => label);
  const head = golden.slice(0, golden.indexOf("## 2."));
  expect(labels(readme, /^> \| (\w.*?) \| /gm)).toEqual(labels(head, /^\| (\w.*?) \| /gm));
});

it("the commands that exit codes name exist", () => {
  for (const { meaning } of Object.values(EXIT_CODES)) {
    const commands = /^(\w+(?:, \w+)*): /.exec(meaning)?.[1]?.split(", ") ?? [];
    for (const command of commands) expect(HELP).toMatch(new RegExp(`^  ${command} `, "m"));
  }
});

it("rehearse --help names every set of faults", async () => {
  const { stdout } = await gameday(["rehearse", "--help"], { cwd: "/" });
  for (const file of await readdir(join(ROOT, "faults")))
    expect(stdout.replace(/\s+/g, " ")).toContain(file.replace(".yaml", ""));
});

it.each([
  [["nosuch", "--help"], 2, "unknown command 'nosuch'"],
  [["help", "nosuch"], 2, "unknown command 'nosuch'"],
  [["help", "run"], 0, "Usage: gameday run"],
  [["validate", "--colour"], 2, "(gameday validate --help"],
  [["rehearse", "--on", "writes"], 2, "'--on' needs --faults"],
])("%j ends with %i", async (args, exit, text) => {
  const { code, stdout, stderr } = await gameday(args, { cwd: "/" });
  expect(code).toBe(exit);
  expect(stdout + stderr).toContain(text);
});

const piped = (command: string, cwd: string) =>
  spawnSync("sh", ["-c", command.replaceAll("gameday", `${process.execPath} ${join(ROOT, "dist/gameday.js")}`)], {
    cwd,
    encoding: "utf8",
  });

it("a reader that goes away ends nothing; a full disk is told in one line", async () => {
  const cwd = await throwAwayFolder();
  expect(piped("gameday schema | true", cwd).stderr).toBe("");
  for (const command of ["list", "--help", "rehearse ebs-snapshot-copy --json"]) {
    const { status, stderr } = piped(`gameday ${command} > /dev/full`, cwd);
    expect(status).toBe(2);
    expect(stderr.match(/^gameday: standard output could not be written: .*ENOSPC.*$/gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at /m);
  }
});
