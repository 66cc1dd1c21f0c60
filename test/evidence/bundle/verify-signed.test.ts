import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { foldEvents } from "../../../src/engine/fold.ts";
import { seal } from "../../../src/evidence/attestation/envelope.ts";
import { resultStatement, sha256 } from "../../../src/evidence/attestation/result.ts";
import { verifySigned, type SignedPart } from "../../../src/evidence/bundle/verify-signed.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { openKeyFile, openOrMakeKeyFile } from "../../../src/evidence/signing/key-file.ts";
import type { Signer } from "../../../src/evidence/signing/signer.ts";
import { passedRehearsal } from "../runs.ts";
import { p256Key } from "./p256-key.ts";
import { chained, intentOf } from "./small-bundle.ts";

/** The parts of a bundle that hold together by signatures alone. */
const RESULT = "attestations/result.intoto.jsonl";
const INTENT = "attestations/intent.intoto.jsonl";
const PUBLIC_KEY = "keys/signer.pub.pem";
const KEY_INFO = "keys/key-info.json";
const MANIFEST_TEXT = `${"0".repeat(64)}  journal.jsonl\n`;

let root: string;
let folder: string;
let signer: Signer;
let stranger: Signer;
let p256: Signer;
let folders = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "gameday-signed-"));
  signer = await openOrMakeKeyFile(join(root, "signing.pem"));
  stranger = await openOrMakeKeyFile(join(root, "stranger.pem"));
  await p256Key(join(root, "p256.pem"));
  p256 = await openKeyFile(join(root, "p256.pem"));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(() => void (folder = join(root, `bundle-${++folders}`)));

async function statements(by: Signer) {
  const { events, tail } = chained(passedRehearsal(), "ab".repeat(32));
  const record = foldEvents(events);
  const digests = new Map([["MANIFEST.sha256", sha256(MANIFEST_TEXT)]]);
  const result = resultStatement({ record, journal: tail, digests, intent: undefined });
  return { result: await seal(result, by), intent: await seal(intentOf(record, {}), by), unsealed: result };
}

/** Lays out what `by` has signed, with some files changed, or left out where they are null. */
async function lay(changed: Readonly<Record<string, string | null>> = {}, by = signer): Promise<void> {
  const { result, intent } = await statements(by);
  const { keyId, algorithm, custody, publicKeyPem } = by.key;
  const files: Record<string, string | null> = {
    [RESULT]: `${result}\n`,
    [INTENT]: `${intent}\n`,
    [PUBLIC_KEY]: publicKeyPem,
    [KEY_INFO]: JSON.stringify({ keyId, algorithm, custody }),
    "MANIFEST.sha256": MANIFEST_TEXT,
    ...changed,
  };
  for (const [path, text] of Object.entries(files)) {
    if (text === null) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function outcome(key?: string): Promise<SignedPart | string> {
  return verifySigned(folder, key).catch((error: unknown) => {
    if (error instanceof Wrong) return error.message;
    throw error;
  });
}

it("what one key has signed is whole, with its intent and without", async () => {
  await lay();
  const { result, intent } = await statements(signer);
  expect(await outcome(signer.key.keyId)).toMatchObject({
    key: signer.key,
    resultDigest: sha256(result),
    intentDigest: sha256(intent),
    intentSubjects: [{ name: "plan/drill.yaml" }],
    manifestText: MANIFEST_TEXT,
  });
  folder += "-refused";
  await lay({ [INTENT]: null });
  const refused = await outcome();
  expect(refused).toMatchObject({ result: { result: "WARNED" } });
  expect(refused).not.toHaveProperty("intent");
});

describe("statements", () => {
  it.each([RESULT, INTENT])("%s: one whole line, which is a statement of its type", async (file) => {
    const { result, intent } = await statements(signer);
    const line = file === RESULT ? result : intent;
    for (const [text, what] of [
      ["", "it is not a DSSE envelope"],
      [line, "it is not one whole line"],
      [`${line}\n${line}\n`, "it is not one whole line"],
      ["{}\n", "it is not a DSSE envelope"],
      [`${file === RESULT ? intent : result}\n`, "it is not a statement of type"],
    ] as const) {
      await lay({ [file]: text });
      expect(await outcome()).toContain(`${file}: ${what}`);
    }
  });

  it("the result and the intent are signed by the bundle's key, over what they say", async () => {
    const { result, unsealed } = await statements(signer);
    const body = { ...unsealed, predicate: { ...unsealed.predicate, result: "PASSED" } };
    const payload = Buffer.from(JSON.stringify(body)).toString("base64");
    await lay({ [RESULT]: `${result.replace(/"payload":"[^"]*"/, `"payload":"${payload}"`)}\n` });
    expect(await outcome()).toBe(`${RESULT}: its signature by key ${signer.key.keyId} does not fit its content`);
    await lay({ [INTENT]: `${(await statements(stranger)).intent}\n` });
    expect(await outcome()).toBe(`${INTENT}: it is signed by key ${stranger.key.keyId}, not by ${signer.key.keyId}`);
  });

  it("the manifest is the one that the result is about", async () => {
    const wrong = "MANIFEST.sha256: it is not the manifest that was signed";
    await lay({ "MANIFEST.sha256": `${"1".repeat(64)}  journal.jsonl\n` });
    expect(await outcome()).toBe(wrong);
    const { unsealed } = await statements(signer);
    const otherName = { ...unsealed, subject: [{ ...unsealed.subject[0], name: "result.json" }] };
    await lay({ [RESULT]: `${await seal(otherName, signer)}\n` });
    expect(await outcome()).toBe(wrong);
  });
});

describe("the key", () => {
  it("is the one that the verifier expects", async () => {
    await lay({}, stranger);
    expect(await outcome()).toMatchObject({ key: stranger.key });
    expect(await outcome(signer.key.keyId)).toBe(
      `${PUBLIC_KEY}: it is key ${stranger.key.keyId}, and the expected one is ${signer.key.keyId}`,
    );
  });

  it("is told in three places: where two agree, the third is wrong", async () => {
    await lay({ [PUBLIC_KEY]: stranger.key.publicKeyPem });
    expect(await outcome()).toBe(`${PUBLIC_KEY}: it is key ${stranger.key.keyId}, and ${signer.key.keyId} has signed`);
    await lay({ [RESULT]: `${(await statements(stranger)).result}\n` });
    expect(await outcome()).toBe(
      `${RESULT}: it is signed by key ${stranger.key.keyId}, and the bundle's key is ${signer.key.keyId}`,
    );
    for (const info of ["no JSON", "[]", "null", '"file"']) {
      await lay({ [KEY_INFO]: info, [RESULT]: `${(await statements(stranger)).result}\n` });
      expect(await outcome()).toContain(`${RESULT}: it is signed by key ${stranger.key.keyId}`);
    }
  });

  it("is one that gameday signs with", async () => {
    await lay({ [PUBLIC_KEY]: "no key" });
    expect(await outcome()).toBe(`${PUBLIC_KEY}: it is no public key that gameday signs with`);
  });

  it("is held where gameday can keep such a key", async () => {
    const held = async (custody: unknown, by: Signer) => {
      await lay({ [KEY_INFO]: JSON.stringify({ keyId: by.key.keyId, custody }) }, by);
      const found = await outcome();
      return typeof found === "string" ? found : found.key.custody;
    };
    const refused = (custody: string, algorithm: string) =>
      `${KEY_INFO}: its custody is ${custody}, where gameday keeps no ${algorithm} key`;
    for (const partition of ["aws", "aws-us-gov", "aws-cn"]) {
      const arn = `arn:${partition}:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888`;
      expect(await held(arn, p256)).toBe(arn);
      expect(await held(arn, signer)).toBe(refused(arn, "Ed25519"));
      for (const other of [`x${arn}`, `${arn} `, arn.replace(":key/", ":alias/"), arn.replace("3333:", "333:")])
        expect(await held(other, p256)).toBe(refused(other, "ECDSA_P256_SHA256"));
    }
    expect(await held("file", p256)).toBe("file");
    expect(await held("a vault", signer)).toBe(refused("a vault", "Ed25519"));
    expect(await held(7, signer)).toBe("file");
  });
});
