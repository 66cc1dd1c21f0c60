import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../src/cli/commands/bundle.ts";
import { compare } from "../../src/cli/commands/compare.ts";
import { history } from "../../src/cli/commands/history.ts";
import { ledger } from "../../src/cli/commands/ledger.ts";
import { rehearse } from "../../src/cli/commands/rehearse.ts";
import { report } from "../../src/cli/commands/report.ts";
import { review } from "../../src/cli/commands/review.ts";
import { verify } from "../../src/cli/commands/verify.ts";
import { appendEntry, readRunLedger, type NewEntry } from "../../src/evidence/run-ledger/append.ts";
import { openKeyFile, openOrMakeKeyFile } from "../../src/evidence/signing/key-file.ts";
import { findRunFolder } from "../../src/cli/runs/run-folder.ts";
import { signAgain } from "../evidence/bundle/sign-again.ts";
import { capturedIo, type CapturedIo } from "./captured-io.ts";

const DRILL = `apiVersion: gameday/v1
name: quick
description: The shortest drill there is.
objectives: { rto: 1h }
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
controls: [nist-800-53r5/CP-10, nist-800-53r5/CP-4a, own/1]
cadence: quarterly
plan: { actionOwner: Pat Doe, actionsWithin: 30d }
recover:
  - { id: ok, uses: command.run, with: { command: [node, --version] } }
`;

let io: CapturedIo;
let folder: string;
beforeAll(async () => {
  io = await capturedIo({ PATH: process.env["PATH"] });
  await writeFile(join(io.cwd, "quick.yaml"), DRILL);
  await rehearse({ drill: "quick.yaml", plain: true }, io);
  folder = join((await findRunFolder(io.cwd, "latest")).path, "bundle");
});
afterAll(() => io[Symbol.asyncDispose]());

describe("a rehearsal", () => {
  it("leaves a bundle that verifies, and two lines in the ledger of runs", async () => {
    expect(io.out()).toContain("bundle: .gameday/runs/");
    expect(await verify({ bundle: folder, ledger: ".gameday/ledger.jsonl" }, io)).toBe(0);
    const { entries } = await readRunLedger(join(io.cwd, ".gameday/ledger.jsonl"));
    expect(entries.map(({ type, evidenceClass }) => `${type} ${evidenceClass}`)).toEqual([
      "intent emulated",
      "result emulated",
    ]);
  });

  it("is never evidence of a live recovery", async () => {
    const { controls } = JSON.parse(await readFile(join(folder, "controls/mapping.json"), "utf8"));
    expect(controls.filter(({ state }: { state: string }) => state === "evidenced")).toEqual([]);
    expect(await readFile(join(folder, "report.md"), "utf8")).not.toMatch(/\bcompliant\b/i);
    expect(await verify({ bundle: folder, liveOnly: true }, io)).toBe(8);
    expect(io.err()).toContain("its evidence is emulated, not live");
  });

  it("tells in its own report what vouches for it, and how the drill stands", async () => {
    const text = await readFile(join(folder, "report.md"), "utf8");
    const key = (JSON.parse(await readFile(join(folder, "keys/key-info.json"), "utf8")) as { keyId: string }).keyId;
    expect(text).toContain(`| Signed by | key ${key} (Ed25519, the private half in a file) |`);
    expect(text).toMatch(/\| Head of the journal \| [0-9a-f]{64} \|/);
    expect(text).toMatch(
      /Pre-registered in the intent: signed \S+, before the first step; line 1 of the ledger of runs/,
    );
    expect(text).toContain("| Rehearsals | 1 attempted, 0 passed, 1 failed, 0 aborted |");
    expect(text).toMatch(/\| `D-1` \|.*\| Pat Doe \| `\d{4}-\d\d-\d\d` \| open \|/);
  });

  it("whose report was edited and signed again is found", async () => {
    const copy = join(io.cwd, "edited");
    await cp(folder, copy, { recursive: true });
    const text = await readFile(join(copy, "report.md"), "utf8");
    await writeFile(join(copy, "report.md"), text.replace("INCONCLUSIVE", "PASS"));
    await signAgain(copy, await openKeyFile(join(io.cwd, ".gameday/keys/signing.pem")));
    expect(await verify({ bundle: copy }, io)).toBe(8);
    expect(io.err()).toContain("WRONG report.md: it is not what result.json renders to");
  });

  it("is refused by a policy it does not meet", async () => {
    expect(await verify({ bundle: folder, passedOnly: true }, io)).toBe(8);
    expect(await verify({ bundle: folder, reviewed: true }, io)).toBe(8);
    expect(await verify({ bundle: folder, maxAge: 92 * 86_400_000 }, io)).toBe(0);
    expect(await verify({ bundle: folder, key: "0".repeat(64) }, io)).toBe(8);
  });

  it("can be reviewed by another person only, with another key", async () => {
    const operator = { bundle: folder, decision: "accept", reviewer: "gameday" } as const;
    await expect(review(operator, io)).rejects.toMatchObject({ details: { code: "self-review" } });
    const sameKey = { ...operator, reviewer: "Ada", key: ".gameday/keys/signing.pem" };
    await expect(review(sameKey, io)).rejects.toMatchObject({ details: { code: "self-review" } });
    const ada = { ...operator, reviewer: "Ada Lovelace", comment: "RTA holds" };
    const unknown = review({ ...ada, action: ["D-99=Jane Doe,2026-12-31"] }, io);
    await expect(unknown).rejects.toMatchObject({ details: { code: "bad-decision" } });
    expect(await review({ ...ada, action: ["D-1=Jane Doe,2026-12-31,add a check of the data"] }, io)).toBe(0);
    expect(await verify({ bundle: folder, reviewed: true, ledger: ".gameday/ledger.jsonl" }, io)).toBe(0);
    expect(io.out()).toContain("review accept by Ada Lovelace");
    expect(io.out()).toContain("note: the key that has signed the run is here too");
    expect(io.out()).toContain("note: without --reviewer-key, who has reviewed is the review's own word");
    const reviewer = await openKeyFile(join(io.cwd, ".gameday/keys/review.pem"));
    await writeFile(join(io.cwd, "ada.pub.pem"), reviewer.key.publicKeyPem);
    expect(await verify({ bundle: folder, reviewerKey: "ada.pub.pem" }, io)).toBe(0);
    expect(await verify({ bundle: folder, reviewerKey: "ab".repeat(32) }, io)).toBe(8);
    expect(io.err()).toContain(`NOT ACCEPTED no review is signed by key ${"ab".repeat(32)}`);
    const noKey = verify({ bundle: folder, reviewerKey: "quick.yaml" }, io);
    await expect(noKey).rejects.toMatchObject({
      details: { code: "no-such-key", next: expect.stringContaining("ask the reviewer") },
    });
    expect(io.out()).toMatch(/ {2}D-1 \([a-z-]+\) is Jane Doe's, due 2026-12-31: add a check of the data/);
    const path = join(folder, "attestations/review.intoto.jsonl");
    const text = await readFile(path, "utf8");
    await rm(path);
    expect(await verify({ bundle: folder, ledger: ".gameday/ledger.jsonl" }, io)).toBe(8);
    expect(io.err()).toContain("a review of");
    await writeFile(path, text);
  });

  it("shows bundle and review in a report that is rendered later", async () => {
    const before = io.out().length;
    expect(await report({ run: "latest", format: "markdown" }, io)).toBe(0);
    const text = io.out().slice(before);
    expect(text).toMatch(
      /\| Evidence bundle \| whole when this was rendered: \d+ files, manifest SHA-256 [0-9a-f]{64} \|/,
    );
    expect(text).toContain("| In the ledger of runs | its result is line 2 |");
    expect(text).toContain("| Decision | accept by Ada Lovelace, ");
    expect(text).toMatch(
      /\| `D-1` \|.*\| add a check of the data \(drill author\) \| Jane Doe \| `2026-12-31` \| action agreed \|/,
    );
    const path = join(folder, "aws/resources.jsonl");
    await writeFile(path, "{}\n");
    await report({ run: "latest", format: "markdown" }, io);
    expect(io.out()).toContain("| Evidence bundle | WRONG when this was rendered: aws/resources.jsonl: ");
    await writeFile(path, "");
  });

  it("can be bundled again, elsewhere, never over what is there", async () => {
    await expect(bundle({ run: "latest" }, io)).rejects.toMatchObject({ details: { code: "bundle-exists" } });
    expect(await bundle({ run: "latest", output: "copy" }, io)).toBe(0);
    const read = (from: string) => readFile(join(from, "MANIFEST.sha256"), "utf8");
    expect(await read(join(io.cwd, "copy"))).toBe(await read(folder));
  });

  it("a run without a signing key that can be used is refused", async () => {
    await using other = await capturedIo({ PATH: process.env["PATH"], GAMEDAY_SIGNING_KEY_FILE: "no-such.pem" });
    await writeFile(join(other.cwd, "quick.yaml"), DRILL);
    expect(await rehearse({ drill: "quick.yaml", plain: true }, other)).toBe(7);
    expect(other.out()).toContain("signing-key-unusable");
    const { entries } = await readRunLedger(join(other.cwd, ".gameday/ledger.jsonl"));
    // Without a key there is no line: an unsigned one would prove nothing.
    expect(entries).toEqual([]);
    expect(await ledger({ complete: true }, other)).toBe(8);
    expect(other.err()).toMatch(/GAP run 0\w{25} has a folder here and no line in the ledger/);
  });

  it("appears in history, and compares with another", async () => {
    await rehearse({ drill: "quick.yaml", plain: true }, io);
    expect(await history({}, io)).toBe(0);
    expect(io.out()).toMatch(/quick \(rehearsals: simulated\)/);
    expect(io.out()).toMatch(/n = 2: 2 attempted, 0 passed, 2 failed, 0 aborted/);
    const first = (await readRunLedger(join(io.cwd, ".gameday/ledger.jsonl"))).entries[0]?.run ?? "";
    expect(await compare({ before: first, after: "latest" }, io)).toBe(0);
    expect(io.out()).toContain("nothing changed in drill, versions and account");
  });
});

describe("gameday ledger", () => {
  it("lists every run, finds what is missing, and a ledger that was cut or changed", async () => {
    await using other = await capturedIo({ PATH: process.env["PATH"] });
    await mkdir(join(other.cwd, ".gameday/runs/01J00000000000000000000000"), { recursive: true });
    const path = join(other.cwd, ".gameday/ledger.jsonl");
    const of = { drill: "d", evidenceClass: "live" } as const;
    const signer = await openOrMakeKeyFile(join(other.cwd, ".gameday/keys/signing.pem"));
    const journal = { head: "cd".repeat(32), events: 9 };
    const add = (run: string, day: string, more: Pick<NewEntry, "type"> & Partial<NewEntry>) =>
      appendEntry(path, signer, () => ({ ...of, run, journal, at: `2026-${day}T10:00:00.000Z`, ...more }));
    await add("01A", "10-01", { type: "intent" });
    await add("01A", "10-01", { type: "result", outcome: "passed", bundle: "ab".repeat(32) });
    await add("01A", "10-02", { type: "review", decision: "accept" });
    await add("01B", "11-01", { type: "intent" });
    await add("01C", "11-02", { type: "result", outcome: "refused" });
    await add("01D", "11-03", { type: "result", outcome: "failed" });

    expect(await ledger({}, other)).toBe(0);
    const { head } = await readRunLedger(path);
    expect(other.out()).toContain(`WHOLE 6 lines, head ${head}\n`);
    expect(other.out()).toMatch(/01A +2026-10-01 10:00Z +d +live +passed +abababababab +accept/);
    expect(other.out()).toContain("4 runs, 1 incomplete\n");
    expect(other.err()).toContain("GAP run 01B has an intent and no result");
    expect(other.err()).toContain("GAP run 01D has a result (failed) and no intent");
    expect(other.err()).toContain("GAP run 01J00000000000000000000000 has a folder here and no line in the ledger");
    expect(other.err()).not.toMatch(/01A|01C/);
    expect(await ledger({ complete: true }, other)).toBe(8);

    const before = other.out().length;
    expect(await ledger({ json: true, from: "2026-10-01", to: "2026-10-31", head }, other)).toBe(0);
    const { runs } = JSON.parse(other.out().slice(before)) as { runs: { run: string }[] };
    expect(runs.map(({ run }) => run)).toEqual(["01A"]);

    const text = await readFile(path, "utf8");
    await writeFile(path, text.split("\n").slice(0, 5).join("\n") + "\n");
    expect(await ledger({ head }, other)).toBe(8);
    await writeFile(path, text.replace('"refused"', '"passed"'));
    expect(await ledger({}, other)).toBe(8);
    expect(other.err()).toContain("ledger.jsonl:5: this line is damaged: its signature by key");
  });
});
