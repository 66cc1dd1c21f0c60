import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withRunLedger } from "../../../src/cli/evidence/run-ledger-lock.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import { verifyBundle } from "../../../src/evidence/bundle/verify-bundle.ts";
import { appendEntry, readRunLedger, type NewEntry } from "../../../src/evidence/run-ledger/append.ts";
import { openOrMakeKeyFile } from "../../../src/evidence/signing/key-file.ts";
import type { Signer } from "../../../src/evidence/signing/signer.ts";
import { intentEntry, resultEntry } from "./ledger-entries.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

let folder: string;
let signer: Signer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameday-ledger-"));
  signer = await openOrMakeKeyFile(join(folder, "keys/signing.pem"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const entry: NewEntry = {
  at: "2026-11-20T10:00:00.000Z",
  type: "result",
  run: "01RUN",
  drill: "d",
  evidenceClass: "live",
  outcome: "passed",
  journal: { head: "ab".repeat(32), events: 9 },
};

it("chains lines, and goes on after one that was torn", async () => {
  const path = join(folder, "ledger.jsonl");
  for (let n = 0; n < 3; n++) await appendEntry(path, signer, () => entry);
  await appendFile(path, '{"seq":3,"prev":"ab');
  expect((await readRunLedger(path)).tornBytes).toBeGreaterThan(0);
  await appendEntry(path, signer, ({ sequence }) => ({ ...entry, run: `run-${sequence}` }));
  const { entries, tornBytes } = await readRunLedger(path);
  expect(entries.map(({ run }) => run)).toEqual(["01RUN", "01RUN", "01RUN", "run-3"]);
  expect(tornBytes).toBe(0);
});

it("many at the same time lose and repeat nothing", async () => {
  const path = join(folder, ".gameday/ledger.jsonl");
  const runs = Array.from({ length: 12 }, (_, n) => `run-${n}`);
  await Promise.all(
    runs.map((run) =>
      withRunLedger({ cwd: folder, runId: run }, () => appendEntry(path, signer, () => ({ ...entry, run }))),
    ),
  );
  expect((await readRunLedger(path)).entries.map(({ run }) => run).sort()).toEqual(runs.toSorted());
});

it("names the line that was changed, removed or moved", async () => {
  const path = join(folder, "ledger.jsonl");
  for (let n = 0; n < 4; n++) await appendEntry(path, signer, () => ({ ...entry, run: `run-${n}` }));
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  const damage = async (changed: readonly string[]) => {
    await writeFile(path, changed.map((line) => `${line}\n`).join(""));
    return readRunLedger(path).then(
      () => "nothing",
      (error: Error) => error.message,
    );
  };
  expect(await damage(lines.map((line) => line.replace("run-1", "run-9")))).toContain(":2: ");
  expect(await damage(lines.toSpliced(1, 1))).toContain(":2: ");
  expect(await damage([lines[0] ?? "", lines[2] ?? "", lines[1] ?? "", lines[3] ?? ""])).toContain(":2: ");
  expect(await damage(lines.map((line, n) => (n === 2 ? "{}" : line)))).toContain(":3: ");
});

/** A ledger in which the bundle stands. */
async function ledgerOf(of: SmallBundle): Promise<string> {
  const path = join(folder, "ledger.jsonl");
  await appendEntry(path, of.signer, () => intentEntry(of));
  await appendEntry(path, of.signer, () => resultEntry(of));
  return path;
}

it("a cut tail is found: by the bundle, and by a head that was noted elsewhere", async () => {
  const of = await smallBundle();
  const path = await ledgerOf(of);
  const check = async (pinnedHead?: string) => {
    const ledger = { ledger: await readRunLedger(path), path: "ledger.jsonl", ...(pinnedHead ? { pinnedHead } : {}) };
    return verifyBundle({ folder: of.path, ledger, renderer: bundleRenderer }).then(
      () => "whole",
      (error: Error) => error.message,
    );
  };
  await appendEntry(path, signer, () => ({ ...entry, run: "01BAD", outcome: "failed" }));
  const { head } = await readRunLedger(path);
  expect(await check(head)).toBe("whole");
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  await writeFile(path, `${lines.slice(0, 2).join("\n")}\n`);
  expect(await check()).toBe("whole");
  expect(await check(head)).toContain("its tail was cut off");
  await writeFile(path, `${lines[0]}\n`);
  expect(await check()).toContain("no result of run");
  await writeFile(path, "");
  expect(await check()).toContain("its tail was cut off");
  await of.close();
});

it("a ledger that was written again, without a bad run, is not the one the intent names", async () => {
  const path = join(folder, "ledger.jsonl");
  await appendEntry(path, signer, () => ({ ...entry, run: "01BAD", outcome: "failed" }));
  const previous = sha256((await readFile(path, "utf8")).trimEnd());
  const of = await smallBundle({ place: { sequence: 1, previous } });
  await rm(path);
  await ledgerOf(of);
  const ledger = { ledger: await readRunLedger(path), path: "ledger.jsonl" };
  await expect(verifyBundle({ folder: of.path, ledger, renderer: bundleRenderer })).rejects.toThrow(
    "the ledger was rewritten",
  );
  await of.close();
});
