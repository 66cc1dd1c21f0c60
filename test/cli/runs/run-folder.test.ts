import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { openSigner } from "../../../src/cli/evidence/signing-key.ts";
import { createRunFolder } from "../../../src/cli/runs/run-folder.ts";
import { capturedIo } from "../captured-io.ts";

const run = promisify(execFile);
const git = await run("git", ["--version"]).then(
  () => true,
  () => false,
);

it.skipIf(!git)(
  "what gameday writes stays out of git, its private keys above all; the ledger of runs may go in",
  async () => {
    await using io = await capturedIo();
    const { path } = await createRunFolder(io.cwd);
    await openSigner({ use: "runs" }, io);
    await openSigner({ use: "reviews" }, io);
    for (const file of [join(path, "journal.jsonl"), join(io.cwd, ".gameday/ledger.jsonl"), join(io.cwd, "drill.yaml")])
      await writeFile(file, "");
    await run("git", ["init", "--quiet"], { cwd: io.cwd });
    const { stdout } = await run("git", ["add", "--dry-run", "."], { cwd: io.cwd });
    const added = stdout.trimEnd().split("\n").toSorted();
    expect(added).toEqual(["add '.gameday/.gitignore'", "add '.gameday/ledger.jsonl'", "add 'drill.yaml'"]);
  },
);

it("a review's key is kept out, too, where no run was made", async () => {
  await using io = await capturedIo();
  await openSigner({ use: "reviews" }, io);
  expect(await readFile(join(io.cwd, ".gameday/.gitignore"), "utf8")).toMatch(/^\*$/m);
});

it("a file that is there is the user's own", async () => {
  await using io = await capturedIo();
  await createRunFolder(io.cwd);
  const path = join(io.cwd, ".gameday/.gitignore");
  await writeFile(path, "mine\n");
  await createRunFolder(io.cwd);
  expect(await readFile(path, "utf8")).toBe("mine\n");
});
