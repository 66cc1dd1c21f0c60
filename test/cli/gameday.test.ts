import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../src/engine/exit-code.ts";
import { parseJournal } from "../../src/engine/read-journal.ts";
import { gameday, start, throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";
import { sandboxOf } from "./standalone-sandbox.ts";

async function onlyRun(cwd: string): Promise<string> {
  const [run] = await readdir(join(cwd, ".gameday/runs"));
  return join(cwd, ".gameday/runs", run!);
}

describe("the command line", () => {
  it("tells every command and every exit code", async () => {
    const { code, stdout, stderr } = await gameday(["--help"], { cwd: "/" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { code: exit, meaning } of Object.values(EXIT_CODES))
      expect(stdout).toContain(`${exit}`.padEnd(5) + meaning);
    for (const command of [
      "rehearse",
      "run",
      "validate",
      "plan",
      "list",
      "init",
      "permissions",
      "schema",
      "doctor",
      "report",
      "sandbox",
    ])
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
  });

  it("has the exit codes of the README", async () => {
    const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
    const rows = [...readme.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => ({
      code: Number(code),
      meaning,
    }));
    expect(rows).toEqual(Object.values(EXIT_CODES));
  });

  it.each([
    [["rehaerse"], "Did you mean rehearse?"],
    [["validate", "--colour"], "unknown option '--colour'"],
    [["run"], "missing required argument 'drill'"],
    [["report", "latest"], "there is no run"],
    [["report", "../../etc"], "there is no run"],
    [["rehearse", "ebs-snapshot-cpoy"], "ebs-snapshot-copy"],
    [["sandbox", "--port", "banana"], "not a number"],
    [["sandbox", "--speed", "-1"], "not a number"],
    [["ledger", "--from", "garbage"], "It is not a day: write 2026-10-01."],
    [["ledger", "--from", "2026-13-99", "--complete"], "It is not a day"],
    [["ledger", "--to", "2026-02-30"], "It is not a day"],
  ])("refuses %j with exit code 2 and says what is wrong", async (args, message) => {
    const { code, stdout, stderr } = await gamedayHere(args, { cwd: await throwAwayFolder() });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("rehearse", () => {
  it("passes, writes a report, and prints nothing but events on standard output with --json", async () => {
    const cwd = await throwAwayFolder();
    const { code, stdout, stderr } = await gameday(["rehearse", "ebs-snapshot-copy", "--json"], { cwd });
    expect(stderr).toContain("PASS WITH DEVIATIONS (simulated)");
    expect(code).toBe(0);
    const run = await onlyRun(cwd);
    expect(stdout).toBe(await readFile(join(run, "journal.jsonl"), "utf8"));
    const { events } = parseJournal(Buffer.from(stdout), "stdout");
    expect(events.at(-1)).toMatchObject({ type: "run-finished", outcome: "passed", exitCode: 0, leftovers: [] });
    const files = ["journal.jsonl", "report.html", "report.md", "result.json", "summary.json"];
    expect((await readdir(run)).sort()).toEqual(["attestations", "bundle", "manifests", ...files].sort());
    const again = await gamedayHere(["report", "latest"], { cwd });
    expect(again.stdout).toBe(await readFile(join(run, "report.md"), "utf8"));
  });

  it("takes the drill without Terraform where there is none, and says why in one line", async () => {
    const cwd = await throwAwayFolder();
    const { code, stderr } = await gamedayHere(["rehearse"], { cwd, env: { PATH: "/nowhere" } });
    expect(code).toBe(0);
    expect(stderr.split("\n").filter((line) => line.includes("without Terraform"))).toHaveLength(1);
    expect(stderr).toContain("of drill ebs-snapshot-copy");
  });

  it("tears down and ends with 130 on Ctrl-C", async () => {
    const cwd = await throwAwayFolder();
    const run = start(["rehearse", "ebs-snapshot-copy"], { cwd });
    await run.shows("recover started");
    run.child.kill("SIGINT");
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(stdout).toContain("ABORTED (simulated)");
    const { events } = parseJournal(await readFile(join(await onlyRun(cwd), "journal.jsonl")), "journal");
    expect(events.at(-1)).toMatchObject({ type: "run-finished", outcome: "aborted", leftovers: [] });
  });
});

describe("run", () => {
  it("is refused with exit code 7 in an account that the drill does not name, and changes nothing", async () => {
    const cwd = await throwAwayFolder();
    const sandbox = await sandboxOf({ account: "999900001111" });
    const { code, stdout } = await gameday(["run", "ebs-snapshot-copy"], { cwd, env: sandbox.environment });
    expect(code).toBe(7);
    expect(stdout).toContain("999900001111");
    expect(sandbox.operations()).toEqual(["sts:GetCallerIdentity"]);
  });

  it("is refused without credentials, at once", async () => {
    const { code, stdout, stderr } = await gameday(["run", "ebs-snapshot-copy"], {
      cwd: await throwAwayFolder(),
      env: { AWS_EC2_METADATA_DISABLED: "true" },
    });
    expect(code).toBe(7);
    expect(stdout + stderr).toMatch(/credentials/i);
  });
});
