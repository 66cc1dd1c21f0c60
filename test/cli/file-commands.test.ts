import { Command } from "commander";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FILE_COMMANDS } from "../../src/cli/file-command-names.ts";
import { addFileCommands } from "../../src/cli/file-command-line.ts";
import { gameday, throwAwayFolder } from "./binary.ts";
import { capturedIo } from "./captured-io.ts";

it("the entry knows the commands of drill files by name", async () => {
  await using io = await capturedIo();
  const program = new Command();
  addFileCommands(program, io, async () => {});
  expect(new Set(program.commands.map((command) => command.name()))).toEqual(FILE_COMMANDS);
});

it("the binary checks what it reads quickly, and what it has to load the YAML library for", async () => {
  const cwd = await throwAwayFolder();
  const valid = await gameday(["init", "one"], { cwd });
  expect(valid).toMatchObject({ code: 0, stderr: "" });
  await writeFile(join(cwd, "two.yaml"), "apiVersion: gameday/v1\nname: [a\n");
  const { code, stdout, stderr } = await gameday(["validate", "one", "two.yaml"], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "ok      drills/one/drill.yaml\ninvalid two.yaml (1 error)\n" });
  expect(stderr).toContain("two.yaml:3:1: error: ");
});

it("every command of drill files runs in the binary", async () => {
  const cwd = await throwAwayFolder();
  for (const command of ["validate", "list", "schema", "plan ebs-cross-region", "permissions ebs-snapshot-copy"]) {
    const { code, stdout, stderr } = await gameday(command.split(" "), { cwd });
    expect({ command, code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).not.toBe("");
  }
});
