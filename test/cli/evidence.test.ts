import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../src/cli/commands/bundle.ts";
import { compare } from "../../src/cli/commands/compare.ts";
import { history } from "../../src/cli/commands/history.ts";
import { rehearse } from "../../src/cli/commands/rehearse.ts";
import { review } from "../../src/cli/commands/review.ts";
import { verify } from "../../src/cli/commands/verify.ts";
import { readRunLedger } from "../../src/evidence/run-ledger/append.ts";
import { findRunFolder } from "../../src/cli/run-folder.ts";
import { capturedIo, type CapturedIo } from "./captured-io.ts";

const DRILL = `apiVersion: gameday/v1
name: quick
description: The shortest drill there is.
objectives: { rto: 1h }
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
controls: [nist-800-53r5/CP-10, nist-800-53r5/CP-4a, own/1]
cadence: quarterly
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
    expect(await review({ ...operator, reviewer: "Ada Lovelace", comment: "RTA holds" }, io)).toBe(0);
    expect(await verify({ bundle: folder, reviewed: true, ledger: ".gameday/ledger.jsonl" }, io)).toBe(0);
    expect(io.out()).toContain("review accept by Ada Lovelace");
    const path = join(folder, "attestations/review.intoto.jsonl");
    const text = await readFile(path, "utf8");
    await rm(path);
    expect(await verify({ bundle: folder, ledger: ".gameday/ledger.jsonl" }, io)).toBe(8);
    expect(io.err()).toContain("a review of");
    await writeFile(path, text);
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
    expect(entries.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual(["result refused"]);
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
