import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import { policyGaps, supersededNotes } from "../../../src/cli/evidence/verify-options.ts";
import { verifyBundle } from "../../../src/evidence/bundle/verify-bundle.ts";
import { appendEntry, readRunLedger, type NewEntry } from "../../../src/evidence/run-ledger/append.ts";
import { contradictionsIn } from "../../../src/evidence/run-ledger/contradictions.ts";
import { hashLine } from "../../../src/evidence/run-ledger/entry.ts";
import { openOrMakeKeyFile } from "../../../src/evidence/signing/key-file.ts";
import type { Signer } from "../../../src/evidence/signing/signer.ts";
import type { Timed } from "../journaled.ts";
import { failedVerification, passedRehearsal } from "../runs.ts";
import { intentEntry, resultEntry } from "./ledger-entries.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

/** A bad run, the same written anew as a good one, and the bad one that was resumed: all with the run's own key and intent. */
let bad: SmallBundle;
let rewritten: SmallBundle;
let resumed: SmallBundle;
let goneOn: SmallBundle;
let signer: Signer;
let stranger: Signer;
let root: string;
let path: string;
let ledgers = 0;

const RESUME: Timed = {
  t: 9_000,
  type: "run-resumed",
  versions: { gameday: "0.1.0", node: "20" },
  process: { pid: 2, host: "h" },
  gapMs: 1,
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "gameday-extended-"));
  signer = await openOrMakeKeyFile(join(root, "signing.pem"));
  stranger = await openOrMakeKeyFile(join(root, "stranger.pem"));
  const failed = failedVerification();
  bad = await smallBundle({ events: failed, signer });
  const end = failed.slice(-1).map((event) => ({ ...event, t: 9_100 }));
  const passedLater = passedRehearsal()
    .slice(-1)
    .map((event) => ({ ...event, t: 9_100 }));
  rewritten = await smallBundle({ mode: "live", events: [...passedRehearsal(), RESUME, ...passedLater], signer });
  resumed = await smallBundle({ events: [...failed, RESUME, ...end], signer });
  goneOn = await smallBundle({ events: [...failed, ...end], signer });
});
afterAll(async () => {
  await Promise.all([bad, rewritten, resumed, goneOn].map((one) => one.close()));
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => {
  path = join(root, `ledger-${++ledgers}.jsonl`);
});

async function add(entry: NewEntry, by = signer): Promise<void> {
  await appendEntry(path, by, () => entry);
}

/** What `verify --ledger --ledger-head` says, with the head that was noted when the bad run had ended. */
async function verified(one: SmallBundle, pinnedHead?: string): Promise<string> {
  const ledger = { ledger: await readRunLedger(path), path: "ledger.jsonl", ...(pinnedHead ? { pinnedHead } : {}) };
  return verifyBundle({ folder: one.path, renderer: bundleRenderer, ledger }).then(
    () => "whole",
    (error: Error) => error.message,
  );
}

async function contradictions(): Promise<string> {
  return contradictionsIn(await readRunLedger(path)).join("\n");
}

async function afterBadRun(): Promise<string> {
  await add(intentEntry(bad));
  await add(resultEntry(bad));
  return (await readRunLedger(path)).head;
}

it("a journal that was written anew is found by the head that was noted before, however it is entered", async () => {
  const head = await afterBadRun();
  expect(await verified(bad, head)).toBe("whole");
  await add(resultEntry(rewritten));
  expect(await verified(rewritten, head)).toMatch(
    /^journal\.jsonl: its line \d+ is not the one that line 2 of the ledger knows/,
  );
  // As if it had the length of the bad one.
  const { journal } = resultEntry(bad);
  await add({
    ...resultEntry(rewritten),
    journal: { head: resultEntry(rewritten).journal?.head ?? "", events: journal?.events ?? 0 },
  });
  expect(await contradictions()).toContain("line 4 has a journal of");
  expect(await verified(rewritten, head)).toContain(
    "line 4, the result of this bundle, is not what the bundle's statement says",
  );
  await rm(path);
  await add(intentEntry(bad));
  await add(resultEntry(rewritten));
  expect(await verified(rewritten)).toBe("whole");
  expect(await verified(rewritten, head)).toContain("it was rewritten");
});

it("a run that was resumed extends what its earlier result was signed for, and both stand in the ledger", async () => {
  const head = await afterBadRun();
  await add(resultEntry(resumed));
  expect(await contradictions()).toBe("");
  expect(await verified(resumed, head)).toBe("whole");
  expect(await verified(bad, head)).toBe("whole");
});

it("the bundle of an earlier result says that the run went on, and is not accepted as passed where that went badly", async () => {
  await afterBadRun();
  const bundleOf = async (folder: string) =>
    verifyBundle({ folder, renderer: bundleRenderer, ledger: { ledger: await readRunLedger(path), path } });
  // Another bundle of the same journal is none of a later result.
  await add({ ...resultEntry(bad), bundle: "ab".repeat(32) });
  expect(await bundleOf(bad.path)).not.toHaveProperty("laterResult");
  await add(resultEntry(resumed));
  const earlier = await bundleOf(bad.path);
  expect(supersededNotes(earlier, bad.path)).toEqual([
    `superseded: the run went on, and came to verification-failed (line 4 of the ledger, bundle ${resumed.digest.slice(0, 12)})`,
  ]);
  expect(policyGaps(earlier, { passedOnly: true }, 0)).toContain(
    "the run went on, and came to verification-failed (line 4 of the ledger)",
  );
  const later = await bundleOf(resumed.path);
  expect(later).not.toHaveProperty("laterResult");
  expect(supersededNotes(later, resumed.path)).toEqual([]);
});

it("a journal that goes on after its end without a resume is found", async () => {
  await afterBadRun();
  await add(resultEntry(goneOn));
  expect(await verified(goneOn)).toContain("without a resume");
});

it("a journal that is shorter than the ledger knows it is found", async () => {
  await add(intentEntry(bad));
  await add(resultEntry(resumed));
  await add(resultEntry(bad));
  expect(await contradictions()).toMatch(/line 3 has a journal of \d+ lines, and line 2 one of \d+/);
  expect(await verified(bad)).toContain("has a journal of");
});

it("another outcome of the same journal is a contradiction, and not what the statement holds", async () => {
  const head = await afterBadRun();
  await add({ ...resultEntry(bad), outcome: "passed" });
  expect(await contradictions()).toMatch(
    /line 3 says passed, line 2 verification-failed, and no resume is between them/,
  );
  expect(await verified(bad, head)).toContain('outcome is "passed", and the journal says "verification-failed"');
});

it("the head of another run's journal is found", async () => {
  await add(intentEntry(bad));
  await add({ ...resultEntry(bad), journal: { head: "ab".repeat(32), events: bad.journal.seq } });
  expect(await verified(bad)).toContain(
    "line 2, the result of this bundle, is not what the bundle's statement says: journal.head",
  );
  await rm(path);
  await afterBadRun();
  await add({ ...resultEntry(bad), journal: { head: "ab".repeat(32), events: bad.journal.seq } });
  expect(await contradictions()).toContain("has another journal than line 2, as long");
});

it("a line without a signature is WRONG, in whatever form, and one by another key too", async () => {
  const head = await afterBadRun();
  const { entries } = await readRunLedger(path);
  const text = await readFile(path, "utf8");
  const keyless = { ...entries[1], seq: 2, prev: head, outcome: "passed" };
  for (const [forged, why] of [
    [{ ...keyless, sig: undefined }, "it is not signed, and the line before it is"],
    [{ ...keyless, sig: undefined, key: undefined, keyid: undefined }, "it is not signed, and the line before it is"],
    [keyless, "does not fit its content"],
    [{ ...keyless, sig: "" }, "it is not signed in the one form"],
    [{ ...keyless, key: (await lineOf(stranger)).key }, "it is not signed in the one form"],
  ] as const) {
    await appendFile(path, `${JSON.stringify(forged)}\n`);
    await expect(readRunLedger(path)).rejects.toThrow(why);
    await rm(path);
    await appendFile(path, text);
  }
  await add(resultEntry(resumed), stranger);
  expect(await contradictions()).toContain(
    `line 3 is signed by key ${stranger.key.keyId}, and its intent by ${signer.key.keyId}`,
  );
  expect(await verified(resumed, head)).toContain("is signed by key");
});

it("a signed result that names no journal is none", async () => {
  const { journal: _journal, ...entry } = resultEntry(bad);
  await add(entry);
  await expect(readRunLedger(path)).rejects.toThrow("it is a result that names no journal");
});

it("a signed line means nothing at another place", async () => {
  await afterBadRun();
  const [intent = "", result = ""] = (await readFile(path, "utf8")).trimEnd().split("\n");
  await appendFile(path, `${result.replace('"seq":1', '"seq":2').replace(hashLine(intent), hashLine(result))}\n`);
  await expect(readRunLedger(path)).rejects.toThrow("does not fit its content");
});

it("lines of a gameday that did not sign are read, and prove nothing", async () => {
  await afterBadRun();
  const { entries } = await readRunLedger(path);
  await rm(path);
  let prev = "0".repeat(64);
  for (const { sig: _sig, key: _key, custody: _custody, ...old } of entries) {
    // What anybody can write, and nobody believes.
    const journal = old.journal && { ...old.journal, head: "ab".repeat(32) };
    const line = JSON.stringify({ ...old, journal, prev });
    prev = hashLine(line);
    await appendFile(path, `${line}\n`);
  }
  expect(await verified(bad)).toContain("line 2, the result of this bundle, is not signed");
  const unsigned = await readFile(path, "utf8");
  await add(resultEntry(bad), stranger);
  expect(await verified(bad)).toContain(
    `is signed by key ${stranger.key.keyId}, and the bundle by ${signer.key.keyId}`,
  );
  await writeFile(path, unsigned);
  // Signed lines may follow, and count.
  await add(resultEntry(bad));
  expect(await verified(bad)).toBe("whole");
});

async function lineOf(by: Signer) {
  const other = join(root, `other-${++ledgers}.jsonl`);
  await appendEntry(other, by, () => resultEntry(bad));
  const [entry] = (await readRunLedger(other)).entries;
  return { key: entry?.key ?? "" };
}
