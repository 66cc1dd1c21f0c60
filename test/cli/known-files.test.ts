import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { RUN_ID } from "../evidence/events.ts";
import { passedRehearsal } from "../evidence/runs.ts";
import { journalFile } from "../security/journal-file.ts";
import { gamedayHere } from "./in-process.ts";

/** A folder with one run, and a pipe that nobody writes to in the place of a file of gameday's. */
async function folderWithPipe(path: string): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), "gameday-pipe-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await journalFile(cwd, passedRehearsal());
  await mkdir(dirname(join(cwd, ".gameday", path)), { recursive: true });
  execFileSync("mkfifo", [join(cwd, ".gameday", path)]);
  return cwd;
}

it.each([
  ["ledger.jsonl", ["ledger"], 2],
  ["ledger.jsonl", ["rehearse", "ebs-snapshot-copy", "--plain"], 7],
  ["ledger.jsonl", ["bundle", RUN_ID], 2],
  ["ledger.jsonl", ["report", RUN_ID, "--output", "-"], 0],
  ["ledger.jsonl", ["history"], 0],
  ["history.jsonl", ["history"], 0],
  [`runs/${RUN_ID}/summary.json`, ["history"], 0],
  [`runs/${RUN_ID}/attestations/intent.intoto.jsonl`, ["report", RUN_ID], 0],
  [`runs/${RUN_ID}/bundle/MANIFEST.sha256`, ["report", RUN_ID], 0],
  ["keys/signing.pem", ["bundle", RUN_ID], 2],
  [".gitignore", ["history"], 0],
] as const)("a pipe in the place of %s: %j says so and does not wait", async (path, args, code) => {
  const ended = await gamedayHere(args, { cwd: await folderWithPipe(path) });
  expect(ended, ended.stderr).toMatchObject({ code });
  if (code !== 0) expect(ended.stderr).toMatch(/a folder, a pipe or a device[^]*\n {2}next: /);
  expect(ended.stderr).not.toMatch(/has a bug|^\s+at /m);
});
