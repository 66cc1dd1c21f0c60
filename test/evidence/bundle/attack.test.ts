import { appendFile, cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seal } from "../../../src/evidence/attestation/envelope.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import { verifyBundle } from "../../../src/evidence/bundle/verify-bundle.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { openOrMakeKeyFile } from "../../../src/evidence/signing/key-file.ts";
import { failedVerification, passedRehearsal } from "../runs.ts";
import { filesIn, signAgain } from "./sign-again.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

let of: SmallBundle;
beforeAll(async () => void (of = await smallBundle()));
afterAll(() => of.close());

async function whatIsWrong(folder: string, key?: string): Promise<Wrong> {
  const expected = key === undefined ? {} : { key };
  const outcome = await verifyBundle({ folder, renderer: bundleRenderer, ...expected }).catch(
    (error: unknown) => error,
  );
  if (outcome instanceof Wrong) return outcome;
  throw outcome instanceof Error ? outcome : new Error("nothing was found to be wrong");
}

it("a bundle that nobody touched is whole", async () => {
  const verified = await verifyBundle({ folder: of.path, renderer: bundleRenderer, key: of.signer.key.keyId });
  expect(verified.result).toMatchObject({
    result: "WARNED",
    gameday: { outcome: "passed", evidenceClass: "emulated" },
  });
});

describe("lines and files", () => {
  it.each(["journal.jsonl", "aws/calls.jsonl", "MANIFEST.sha256", "README.txt"])(
    "%s: a line removed, moved, added, the tail cut",
    async (file) => {
      const folder = await of.copy();
      const path = join(folder, file);
      const text = await readFile(path, "utf8");
      const lines = text.split("\n").slice(0, -1);
      const [first = "", second = "", ...rest] = lines;
      const versions = [
        [second, ...rest],
        [second, first, ...rest],
        [first, first, second, ...rest],
        lines.slice(0, -1),
      ];
      for (const version of versions) {
        await writeFile(path, version.map((line) => `${line}\n`).join(""));
        expect((await whatIsWrong(folder)).file).toBe(file);
      }
      await writeFile(path, text.slice(0, -1));
      expect((await whatIsWrong(folder)).file).toBe(file);
    },
  );

  it("every file removed is named", async () => {
    for (const file of await filesIn(of.path)) {
      const folder = await of.copy();
      await rm(join(folder, file));
      const wrong = await whatIsWrong(folder);
      expect(wrong).toMatchObject({ file, what: expect.stringContaining("missing") });
    }
  });

  it("a file added, a link instead of a file, a file that is a folder", async () => {
    const folder = await of.copy();
    await writeFile(join(folder, "aws/extra.jsonl"), "{}\n");
    expect(await whatIsWrong(folder)).toMatchObject({ file: "aws/extra.jsonl", what: "it is not in the manifest" });
    await rm(join(folder, "aws/extra.jsonl"));
    await writeFile(join(folder, "attestations/extra.intoto.jsonl"), "{}\n");
    expect((await whatIsWrong(folder)).file).toBe("attestations/extra.intoto.jsonl");
    await rm(join(folder, "attestations/extra.intoto.jsonl"));
    await rename(join(folder, "report.md"), join(of.root, "elsewhere.md"));
    await symlink(join(of.root, "elsewhere.md"), join(folder, "report.md"));
    expect(await whatIsWrong(folder)).toMatchObject({ file: "report.md", what: "it is not a plain file" });
    await rm(join(folder, "report.md"));
    await mkdir(join(folder, "report.md"));
    expect((await whatIsWrong(folder)).file).toBe("report.md");
  });

  it("a manifest that reaches outside is refused even when it is signed", async () => {
    const folder = await of.copy();
    const manifest = `${"0".repeat(64)}  ../../etc/passwd\n`;
    await signAgain(folder, of.signer);
    await writeFile(join(folder, "MANIFEST.sha256"), manifest);
    const path = join(folder, "attestations/result.intoto.jsonl");
    const result = JSON.parse(Buffer.from(JSON.parse(await readFile(path, "utf8")).payload, "base64").toString());
    result.subject.find((one: { name: string }) => one.name === "MANIFEST.sha256").digest.sha256 = sha256(manifest);
    await writeFile(path, `${await seal(result, of.signer)}\n`);
    expect(await whatIsWrong(folder)).toMatchObject({
      file: "MANIFEST.sha256",
      what: expect.stringContaining("cannot be in it"),
    });
  });
});

describe("two bundles", () => {
  let other: SmallBundle;
  beforeAll(async () => void (other = await smallBundle({ runId: "01HOTHERRUN", signer: of.signer })));
  afterAll(() => other.close());

  it.each(["report.md", "result.json", "journal.jsonl", "README.txt"])("%s of the other one is found", async (file) => {
    const folder = await of.copy();
    await writeFile(join(other.path, "report.md"), "# another report\n").catch(() => undefined);
    await cp(join(other.path, file), join(folder, file));
    expect((await whatIsWrong(folder)).file).toBe(file);
  });

  it("statements of the other one are found, signed by the same key as they are", async () => {
    const folder = await of.copy();
    const result = "attestations/result.intoto.jsonl";
    await cp(join(other.path, result), join(folder, result));
    expect((await whatIsWrong(folder)).file).toBe("MANIFEST.sha256");
    const again = await of.copy();
    const intent = "attestations/intent.intoto.jsonl";
    await cp(join(other.path, intent), join(again, intent));
    expect((await whatIsWrong(again)).file).toBe(intent);
  });
});

describe("who has the key", () => {
  it("another key is found by the key id the verifier has", async () => {
    const folder = await of.copy();
    const forger = await openOrMakeKeyFile(join(of.root, "keys/forger.pem"));
    await writeFile(join(folder, "keys/signer.pub.pem"), forger.key.publicKeyPem);
    await writeFile(join(folder, "keys/key-info.json"), JSON.stringify({ keyId: forger.key.keyId }));
    await signAgain(folder, forger);
    expect(await whatIsWrong(folder, of.signer.key.keyId)).toMatchObject({
      file: "keys/signer.pub.pem",
      what: expect.stringContaining(`the expected one is ${of.signer.key.keyId}`),
    });
    // The intent was signed with the real key: it gives the forger away even without.
    expect((await whatIsWrong(folder)).file).toBe("attestations/intent.intoto.jsonl");
  });

  it("a rehearsal's record edited to look live is found, signed again by the same key", async () => {
    const live = await smallBundle({ mode: "live", signer: of.signer });
    const folder = await of.copy();
    await cp(join(live.path, "journal.jsonl"), join(folder, "journal.jsonl"));
    await signAgain(folder, of.signer);
    expect((await whatIsWrong(folder)).file).toBe("journal.jsonl");
    const { head, events } = (await verifyBundle({ folder: live.path, renderer: bundleRenderer })).result.gameday
      .journal;
    await signAgain(folder, of.signer, (predicate) => {
      Object.assign(predicate["gameday"] as object, { journal: { head, events }, evidenceClass: "live" });
      predicate["result"] = "PASSED";
    });
    expect((await whatIsWrong(folder)).file).toBe("attestations/intent.intoto.jsonl");
    await live.close();
  });

  it("a journal written again, whose last word does not follow from its facts, is found by the version that ran", async () => {
    const events = failedVerification().map((event) =>
      event.type === "run-finished" ? { ...event, outcome: "passed" as const, exitCode: 0 } : event,
    );
    const lying = await smallBundle({ events, signer: of.signer });
    expect(await whatIsWrong(lying.path)).toMatchObject({
      file: "journal.jsonl",
      what: "its last event says passed, and what it tells before is verification-failed",
    });
    await lying.close();
  });

  it("a rehearsal attested PASSED is found", async () => {
    const folder = await of.copy();
    await signAgain(folder, of.signer, (predicate) => void (predicate["result"] = "PASSED"));
    expect(await whatIsWrong(folder)).toMatchObject({ what: "a rehearsal cannot be PASSED" });
  });

  it.each([
    ["outcome", "objective-missed"],
    ["evidenceClass", "live"],
    ["exitCode", 4],
  ])("a signed %s that the journal does not bear out is found", async (name, value) => {
    const folder = await of.copy();
    await signAgain(folder, of.signer, (predicate) => Object.assign(predicate["gameday"] as object, { [name]: value }));
    expect((await whatIsWrong(folder)).file).toBe("attestations/result.intoto.jsonl");
  });
});

describe("the intent", () => {
  it("declared after the run had gone on is found", async () => {
    const late = await smallBundle({ intentAt: "2026-11-20T10:40:00.000Z", signer: of.signer });
    expect(await whatIsWrong(late.path)).toMatchObject({
      file: "attestations/intent.intoto.jsonl",
      what: expect.stringContaining("after the run had gone on"),
    });
    await late.close();
  });

  it("made after the run, in the place of the one the journal names, is found", async () => {
    const folder = await of.copy();
    const later = await smallBundle({ intentAt: "2026-11-20T10:00:00.100Z", signer: of.signer });
    const intent = "attestations/intent.intoto.jsonl";
    await cp(join(later.path, intent), join(folder, intent));
    await signAgain(folder, of.signer, (predicate) =>
      Object.assign(predicate["gameday"] as object, { intent: later.intent }),
    );
    expect(await whatIsWrong(folder)).toMatchObject({
      file: intent,
      what: expect.stringContaining("the journal names before its first step"),
    });
    await later.close();
  });

  it("with easier objectives than the run's is found", async () => {
    const easy = await smallBundle({ intentObjectives: { rtoMs: 86_400_000 }, signer: of.signer });
    expect(await whatIsWrong(easy.path)).toMatchObject({ what: "its objectives are not those of the run" });
    await easy.close();
  });

  it("left out, with a result that does not name one, is found", async () => {
    const folder = await of.copy();
    await rm(join(folder, "attestations/intent.intoto.jsonl"));
    await signAgain(folder, of.signer, (predicate) => delete (predicate["gameday"] as { intent?: string }).intent);
    expect(await whatIsWrong(folder)).toMatchObject({
      file: "attestations/intent.intoto.jsonl",
      what: expect.stringContaining("missing"),
    });
  });
});

it("reviews that are torn, of another bundle, or hide their author are found", async () => {
  const folder = await of.copy();
  const path = join(folder, "attestations/review.intoto.jsonl");
  const wrong = async (text: string) => {
    await rm(path, { force: true });
    await appendFile(path, text);
    return (await whatIsWrong(folder)).file;
  };
  expect(await wrong("{}\n")).toBe("attestations/review.intoto.jsonl");
  expect(await wrong("x")).toBe("attestations/review.intoto.jsonl");
  expect(await wrong("")).toBe("attestations/review.intoto.jsonl");
});

it("a secret in the name of a file that was compared keeps the bundle from being written", async () => {
  const line = (name: string) => `${"0".repeat(64)}  ${name}\n`;
  const leak = `backup-${"AKIA"}IOSFODNN7EXAMPLE.sql`;
  const lines = `${line("plain.txt").repeat(20_000)}${line(leak)}${line("plain.txt").repeat(20_000)}`;
  await expect(smallBundle({ lines })).rejects.toThrow(
    /data\/manifests\/[0-9a-f]{32}\.txt would show what looks like a secret \(AWS access key id\) in line 20001/,
  );
});

it("the same run gives the same bundle, byte for byte", async () => {
  const again = await smallBundle({ events: passedRehearsal(), signer: of.signer });
  expect(again.digest).toBe(of.digest);
  expect(again.statement).toBe(of.statement);
  await again.close();
});
