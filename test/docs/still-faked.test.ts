import { createPublicKey } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleRenderer } from "../../src/cli/evidence/bundle-renderer.ts";
import { policyGaps } from "../../src/cli/evidence/verify-options.ts";
import { verifiedLines } from "../../src/cli/evidence/verified-lines.ts";
import { Journal } from "../../src/engine/journal.ts";
import { reviewBundle } from "../../src/evidence/bundle/review-bundle.ts";
import { verifyBundle, type VerifiedBundle, type VerifyOf } from "../../src/evidence/bundle/verify-bundle.ts";
import { appendEntry, readRunLedger } from "../../src/evidence/run-ledger/append.ts";
import { intentEntry, resultEntry } from "../evidence/bundle/ledger-entries.ts";
import { contradictionsIn } from "../../src/evidence/run-ledger/contradictions.ts";
import { populationOf } from "../../src/evidence/run-ledger/population.ts";
import { signers } from "../../src/cli/commands/ledger.ts";
import { openKeyFile, openOrMakeKeyFile } from "../../src/evidence/signing/key-file.ts";
import { resultOf } from "../../src/evidence/result/result.ts";
import { MachineClock } from "../../src/time/system-clock.ts";
import { filesIn, signAgain } from "../evidence/bundle/sign-again.ts";
import { p256Key } from "../evidence/bundle/p256-key.ts";
import { smallBundle, type SmallBundle } from "../evidence/bundle/small-bundle.ts";
import { handDriven } from "../sandbox/hand-driven.ts";
import { failedVerification, passedRehearsal, resumedRehearsal } from "../evidence/runs.ts";

/**
 * docs/evidence.md says what an operator with the disk and the key can still fake. Here each of it is done, and what is said to stand
 * against it is tried: a claim that is not true any more, for better or worse, fails.
 */
const PAGE = join(import.meta.dirname, "../../docs/evidence.md");

let of: SmallBundle;
beforeAll(async () => void (of = await smallBundle({ mode: "live" })));
afterAll(() => of.close());

function verify(folder: string, more: Partial<VerifyOf> = {}): Promise<VerifiedBundle> {
  return verifyBundle({ folder, renderer: bundleRenderer, ...more });
}

async function ledgerWith(path: string, bundles: readonly SmallBundle[]): Promise<void> {
  const [first] = bundles;
  if (!first) return;
  const known = (await readRunLedger(path)).entries;
  if (known.length === 0) await appendEntry(path, first.signer, () => intentEntry(first));
  for (const one of bundles) await appendEntry(path, one.signer, () => resultEntry(one));
}

async function review(folder: string, more: { reviewer: string; key: string; at: string }): Promise<string> {
  return reviewBundle({
    folder,
    bundle: await verify(folder),
    decision: "accept",
    comment: "",
    actions: [],
    acceptedRisks: [],
    allowSelfReview: false,
    reviewer: more.reviewer,
    reviewedAt: more.at,
    signer: await openOrMakeKeyFile(join(of.root, `keys/${more.key}.pem`)),
  });
}

const FAKES: Readonly<Record<string, () => Promise<void>>> = {
  "The journal": async () => {
    const bad = await smallBundle({ events: failedVerification(), signer: of.signer });
    expect((await verify(bad.path)).result.result).toBe("FAILED");
    // The same run, written anew: the intent stays what it was.
    const good = await smallBundle({ mode: "live", events: passedRehearsal(), signer: bad.signer });
    expect(good.intent).toBe(bad.intent);
    const path = join(of.root, "ledger.jsonl");
    await ledgerWith(path, [bad]);
    const { head } = await readRunLedger(path);
    const check = async () => ({ ledger: { ledger: await readRunLedger(path), path, pinnedHead: head } });
    await expect(verify(good.path, await check())).rejects.toThrow("its result of run");
    await ledgerWith(path, [good]);
    await expect(verify(good.path, await check())).rejects.toThrow("it was written again");
    await rm(path);
    await ledgerWith(path, [good]);
    expect((await verify(good.path, { ledger: { ledger: await readRunLedger(path), path } })).result.result).toBe(
      "PASSED",
    );
    await expect(verify(good.path, await check())).rejects.toThrow("it was rewritten");
    await rm(path);
    const calls = await readFile(join(good.path, "aws/calls.jsonl"), "utf8");
    const journal = await readFile(join(good.path, "journal.jsonl"), "utf8");
    for (const [, id] of calls.matchAll(/"requestId":"([^"]+)"/g)) expect(journal).toContain(id);
    await Promise.all([bad.close(), good.close()]);
  },
  "A resume": async () => {
    const whole = resumedRehearsal();
    const cut = await smallBundle({
      mode: "live",
      events: whole.slice(
        0,
        whole.findIndex(({ type }) => type === "run-resumed"),
      ),
      signer: of.signer,
    });
    const good = await smallBundle({ mode: "live", events: whole, signer: of.signer });
    const path = join(of.root, "resumed.jsonl");
    await ledgerWith(path, [cut]);
    const { head } = await readRunLedger(path);
    await ledgerWith(path, [good]);
    const ledger = await readRunLedger(path);
    expect((await verify(good.path, { ledger: { ledger, path, pinnedHead: head } })).result.result).toBe("WARNED");
    expect(populationOf(ledger.entries)[0]?.results.map(({ outcome }) => outcome)).toEqual(["aborted", "passed"]);
    await Promise.all([cut.close(), good.close()]);
  },
  "A run of another name": async () => {
    const stranger = await openOrMakeKeyFile(join(of.root, "keys/stranger.pem"));
    const other = await smallBundle({ mode: "live", runId: "01JOTHERRUN000000000000000", signer: stranger });
    const path = join(of.root, "two-keys.jsonl");
    await ledgerWith(path, [of]);
    await appendEntry(path, stranger, () => intentEntry(other));
    await appendEntry(path, stranger, () => resultEntry(other));
    const ledger = await readRunLedger(path);
    expect(contradictionsIn(ledger)).toEqual([]);
    expect(signers(ledger.entries)).toEqual([
      `2 lines signed by key ${of.signer.key.keyId}`,
      `2 lines signed by key ${stranger.key.keyId}`,
    ]);
    const ours = { key: of.signer.key.keyId, ledger: { ledger, path } };
    await verify(of.path, ours);
    await expect(verify(other.path, ours)).rejects.toThrow("the expected one is");
    // A ledger of nothing but such runs is as good as any.
    const alone = join(of.root, "one-key.jsonl");
    await ledgerWith(alone, [other]);
    const made = await readRunLedger(alone);
    expect(contradictionsIn(made)).toEqual([]);
    await verify(other.path, { ledger: { ledger: made, path: alone } });
    expect(signers(made.entries)).toEqual([`2 lines signed by key ${stranger.key.keyId}`]);
    await other.close();
  },
  "The clock": async () => {
    // An honest clock and one that is a year behind look the same.
    const { record } = await verify(of.path);
    expect(policyGaps(await verify(of.path), { liveOnly: true, maxAge: 60_000 }, Date.parse(record.lastAt.at))).toEqual(
      [],
    );
    const events = passedRehearsal().map((event) =>
      event.type === "identity-confirmed" ? { ...event, clockOffsetMs: { "us-west-2": 5_000 } } : event,
    );
    const off = await smallBundle({ mode: "live", events, signer: of.signer });
    expect((await verify(off.path)).result).toMatchObject({ result: "WARNED", warnedTests: ["rpo"] });
    const { identity } = (await verify(off.path)).record;
    expect(identity?.clockOffsetMs).toEqual({ "us-west-2": 5_000 });
    await off.close();
    const path = join(of.root, "jumped.jsonl");
    let wall = 0;
    const clock = new MachineClock({ wall: () => wall, steady: () => 0 });
    const journal = await Journal.create(path, clock);
    wall = 3_600_000;
    await journal.append({ type: "finding", code: "note", severity: "info", message: "" });
    await journal.close();
    expect(await readFile(path, "utf8")).toMatch(/^\{.*"type":"finding","code":"clock-jumped","severity":"warning"/);
  },
  "A reviewer": async () => {
    const folder = await of.copy();
    await review(folder, { reviewer: "Ada Lovelace", key: "on-the-spot", at: "2026-11-21T10:00:00.000Z" });
    const ada = await openOrMakeKeyFile(join(of.root, "keys/ada.pem"));
    expect(policyGaps(await verify(folder), { reviewed: true }, 0)).toEqual([]);
    expect(policyGaps(await verify(folder), { reviewerKey: ada.key.keyId }, 0)).toHaveLength(1);
  },
  "The last review left out": async () => {
    const folder = await of.copy();
    await review(folder, { reviewer: "Ada Lovelace", key: "ada", at: "2026-11-21T10:00:00.000Z" });
    const statement = await review(folder, { reviewer: "Bob", key: "bob", at: "2026-11-21T11:00:00.000Z" });
    const path = join(folder, "attestations/review.intoto.jsonl");
    await writeFile(path, `${(await readFile(path, "utf8")).split("\n")[0]}\n`);
    expect((await verify(folder)).reviews.map(({ reviewer }) => reviewer)).toEqual(["Ada Lovelace"]);
    const ledger = join(of.root, "reviews.jsonl");
    await ledgerWith(ledger, [of]);
    const run = of.record.run.runId;
    const entry = { at: "2026-11-21T11:00:00.000Z", drill: "d", evidenceClass: "live", type: "review", run } as const;
    await appendEntry(ledger, of.signer, () => ({ ...entry, bundle: of.digest, statement }));
    const check = { ledger: { ledger: await readRunLedger(ledger), path: ledger } };
    await expect(verify(folder, check)).rejects.toThrow("that the ledger knows is missing");
  },
  "Where the key is": async () => {
    const path = join(of.root, "keys/p256.pem");
    await p256Key(path);
    const file = await openKeyFile(path);
    const driven = await handDriven();
    const kms = driven.kms("us-east-1");
    const { KeyMetadata } = await kms.createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    const custody = KeyMetadata?.Arn ?? "";
    const small = await smallBundle({ mode: "live", signer: { ...file, key: { ...file.key, custody } } });
    expect((await verify(small.path)).key.custody).toBe(custody);
    const told = createPublicKey(await readFile(join(small.path, "keys/signer.pub.pem")));
    const { PublicKey = new Uint8Array() } = await kms.getPublicKey({ KeyId: custody });
    expect(Buffer.from(PublicKey)).not.toEqual(told.export({ type: "spki", format: "der" }));
    await Promise.all([small.close(), driven.close()]);
  },
  "Other runs": async () => {
    const { run } = of.record;
    const earlier = { runId: "01HOTHERRUN", startedAt: run.drill.sha256, word: "PASS", simulated: false } as const;
    const small = await smallBundle({ mode: "live", signer: of.signer, earlier: { history: [earlier] } });
    await verify(small.path);
    expect(await readFile(join(small.path, "report.md"), "utf8")).toContain("01HOTHERRUN");
    const path = join(of.root, "other-runs.jsonl");
    await ledgerWith(path, [small]);
    const known = populationOf((await readRunLedger(path)).entries).map((one) => one.run);
    expect(known).toEqual([run.runId]);
    await small.close();
  },
  "The project's own controls": async () => {
    const shipped = await bundleRenderer.shippedFrameworks();
    const control = { id: "R-1", meaning: "All is well", artefact: "report.md", strength: "D" } as const;
    const own = { framework: "own", title: "Our policy", version: "1", controls: [control] };
    const small = await smallBundle({ mode: "live", signer: of.signer, frameworks: [...shipped, own] });
    const mapping = JSON.parse(await readFile(join(small.path, "controls/mapping.json"), "utf8"));
    expect(mapping.controls).toContainEqual(expect.objectContaining({ id: "R-1", state: "evidenced" }));
    expect(verifiedLines(await verify(small.path)).join("\n")).toContain(
      "mapped by the project, not by gameday: own/R-1",
    );
    await small.close();
    const [first, ...others] = shipped;
    if (!first) throw new Error("gameday ships no controls");
    const lax = { ...first, controls: first.controls.map((one) => ({ ...one, requires: [] })) };
    const otherwise = await smallBundle({ mode: "live", signer: of.signer, frameworks: [lax, ...others] });
    expect(verifiedLines(await verify(otherwise.path)).join("\n")).toContain(
      `mapped by the project, not by gameday: ${first.framework}/`,
    );
    await otherwise.close();
  },
  "Words of another version": async () => {
    const folder = await of.copy();
    const path = join(folder, "report.md");
    await writeFile(path, `${await readFile(path, "utf8")}All was well.\n`);
    await signAgain(folder, of.signer);
    const later = { renderer: { ...bundleRenderer, version: "9.9.9" } };
    expect(verifiedLines(await verify(folder, later)).join("\n")).toMatch(/not compared: .*report\.md/);
    // That version compares them.
    await expect(verify(folder)).rejects.toThrow("report.md: it is not what result.json renders to");
  },
  "The data": async () => {
    const files = (await filesIn(of.path)).filter((file) => file.startsWith("data/"));
    expect(files).toEqual([
      expect.stringMatching(/^data\/diff\.json$/),
      expect.stringMatching(/^data\/manifests\/[0-9a-f]{32}\.txt$/),
    ]);
    expect(resultOf(of.record).checks.length).toBeGreaterThan(0);
  },
};

it("docs/evidence.md lists what is shown here, and nothing else", async () => {
  const page = await readFile(PAGE, "utf8");
  const section = page.split("## What disk and key can still fake\n")[1]?.split("\n## ")[0] ?? "";
  expect([...section.matchAll(/^\* \*\*(.+?)\.\*\*/gm)].map(([, title]) => title)).toEqual(Object.keys(FAKES));
});

it.each(Object.entries(FAKES))("can still be faked, and what stands against it does: %s", async (_title, show) =>
  show(),
);
