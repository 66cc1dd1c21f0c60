import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bundleRenderer } from "../../src/cli/evidence/bundle-renderer.ts";
import { verifyBundle } from "../../src/evidence/bundle/verify-bundle.ts";
import { readRunLedger } from "../../src/evidence/run-ledger/append.ts";

const ROOT = join(import.meta.dirname, "../..");
/** As a word: a short name is a part of others. */
const HOST = new RegExp(`(?<![A-Za-z0-9])${hostname().replaceAll(".", "\\.")}(?![A-Za-z0-9])`);
const EXAMPLE = join(ROOT, "examples/ebs-snapshot-copy");
const BINARY = join(ROOT, "dist/gameday.js");

/** A machine of no name, so that the example names none. */
const NAMELESS = `import os from "node:os"; import { syncBuiltinESMExports } from "node:module"; os.hostname = () => "example"; syncBuiltinESMExports();`;

const REVIEW = ["--decision", "accept", "--reviewer", "Ada Lovelace", "--comment", "Figures plausible"];
const ACTION = ["--action", "D-1=Grace Hopper,2027-01-31,retest with the scheduled backup"];

/** Rehearses the drill and puts bundle and ledger of runs where the example is. */
async function writeExample(): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "gameday-example-"));
  try {
    await cp(join(ROOT, "drills/ebs-snapshot-copy"), join(cwd, "drills/ebs-snapshot-copy"), { recursive: true });
    const env = { PATH: process.env["PATH"], HOME: "/nowhere" };
    const nameless = `data:text/javascript,${encodeURIComponent(NAMELESS)}`;
    const gameday = (...args: readonly string[]) =>
      spawnSync(process.execPath, ["--import", nameless, BINARY, ...args], { cwd, env, encoding: "utf8" });
    const { stdout, stderr } = gameday("rehearse", "drills/ebs-snapshot-copy", "--plain");
    const bundle = /bundle: (\S+)/.exec(stdout)?.[1];
    if (bundle === undefined) throw new Error(stdout + stderr);
    expect(gameday("review", bundle, ...REVIEW, ...ACTION)).toMatchObject({ status: 0 });
    await rm(EXAMPLE, { recursive: true, force: true });
    await cp(join(cwd, bundle), join(EXAMPLE, "bundle"), { recursive: true });
    await cp(join(cwd, ".gameday/ledger.jsonl"), join(EXAMPLE, "ledger.jsonl"));
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** What is signed as it reads; of a signature, in whose Base64 a short name turns up by chance, nothing. */
function decoded(text: string): string {
  return text
    .replace(/"payload":"([^"]*)"/g, (_, payload: string) => Buffer.from(payload, "base64").toString("utf8"))
    .replace(/"sig":"[^"]*"/g, "");
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

it("examples/ebs-snapshot-copy is a whole bundle, and what this gameday makes of its journal (GAMEDAY_WRITE_DOCS=1 writes it)", async () => {
  if (process.env["GAMEDAY_WRITE_DOCS"] === "1") await writeExample();
  const folder = join(EXAMPLE, "bundle");
  const path = "ledger.jsonl";
  const ledger = { path, ledger: await readRunLedger(join(EXAMPLE, path)) };
  const bundle = await verifyBundle({ folder, renderer: bundleRenderer, ledger });
  expect(bundle.notCompared).toEqual([]);
  expect(bundle.reviews).toMatchObject([{ reviewer: "Ada Lovelace", selfReviewed: false }]);
});

it("it is small, and tells nothing of the machine that made it", async () => {
  let bytes = 0;
  for (const file of await filesBelow(EXAMPLE)) {
    bytes += (await stat(file)).size;
    const text = decoded(await readFile(file, "utf8"));
    expect(text.includes(ROOT), `${file} names ${ROOT}`).toBe(false);
    expect(HOST.test(text), `${file} names ${hostname()}`).toBe(false);
  }
  expect(bytes).toBeLessThan(500_000);
});
