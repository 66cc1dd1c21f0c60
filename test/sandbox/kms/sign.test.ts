import { createHash, createPublicKey, verify } from "node:crypto";
import type { KMS, SignCommandInput } from "@aws-sdk/client-kms";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signDigest } from "../../../src/sandbox/services/kms/ecdsa.ts";
import { generateKeyPairSync } from "node:crypto";
import { handDriven, refusal, type HandDriven } from "../hand-driven.ts";

let driven: HandDriven;
let kms: KMS;
let arn: string;
beforeAll(async () => {
  driven = await handDriven();
  kms = driven.kms("us-west-2");
  arn = (await kms.createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })).KeyMetadata!.Arn!;
});
afterAll(() => driven.close());

const MESSAGE = Buffer.from("what was shown");
const DIGEST = createHash("sha256").update(MESSAGE).digest();

const sign = (over: Partial<SignCommandInput> = {}) =>
  kms.sign({ KeyId: arn, Message: DIGEST, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256", ...over });

async function publicKey() {
  const { PublicKey = new Uint8Array() } = await kms.getPublicKey({ KeyId: arn });
  return createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
}

it("ECDSA over a digest is what node:crypto takes for a signature of the message", () => {
  const { privateKey, publicKey: own } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
      const signature = signDigest(createHash("sha256").update(message).digest(), privateKey);
      expect(verify("sha256", message, own, signature)).toBe(true);
      expect(verify("sha256", Buffer.concat([message, Buffer.of(0)]), own, signature)).toBe(false);
    }),
    { numRuns: 30 },
  );
});

describe("a key of spec ECC_NIST_P256", () => {
  it("signs digests and messages, and its public key verifies both", async () => {
    const key = await publicKey();
    const ofDigest = await sign();
    const ofMessage = await sign({ Message: MESSAGE, MessageType: "RAW" });
    expect(ofDigest).toMatchObject({ KeyId: arn, SigningAlgorithm: "ECDSA_SHA_256" });
    for (const { Signature = new Uint8Array() } of [ofDigest, ofMessage])
      expect(verify("sha256", MESSAGE, key, Signature)).toBe(true);
  });

  it("says what it is, and encrypts nothing", async () => {
    const { KeyMetadata } = await kms.describeKey({ KeyId: arn });
    expect(KeyMetadata).toMatchObject({ KeyUsage: "SIGN_VERIFY", KeySpec: "ECC_NIST_P256" });
    expect(KeyMetadata).not.toHaveProperty("EncryptionAlgorithms");
    expect(driven.sandbox.services.keys.whyUnusable("us-west-2", arn)).toMatch(/EBS takes symmetric keys only/);
    expect(await refusal(kms.enableKeyRotation({ KeyId: arn }))).toMatch(/^UnsupportedOperationException/);
  });

  it("refuses what KMS refuses", async () => {
    expect(await refusal(sign({ Message: MESSAGE }))).toMatch(/^ValidationException: Digest is invalid length/);
    expect(await refusal(sign({ Message: new Uint8Array(4097), MessageType: "RAW" }))).toMatch(/^ValidationException/);
    expect(await refusal(sign({ SigningAlgorithm: "ECDSA_SHA_512" }))).toMatch(/^InvalidKeyUsageException/);
    const symmetric = (await kms.createKey({})).KeyMetadata!.Arn!;
    expect(await refusal(sign({ KeyId: symmetric }))).toMatch(/^InvalidKeyUsageException/);
    expect(await refusal(kms.getPublicKey({ KeyId: symmetric }))).toMatch(/^UnsupportedOperationException/);
    expect(await refusal(kms.createKey({ KeySpec: "ECC_NIST_P256" }))).toMatch(/^ValidationException/);
    expect(await refusal(kms.createKey({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }))).toMatch(/^NotImplemented/);
  });

  it("is of no use while it is disabled or going", async () => {
    await kms.disableKey({ KeyId: arn });
    expect(await refusal(sign())).toMatch(/^DisabledException/);
    await kms.enableKey({ KeyId: arn });
    await kms.scheduleKeyDeletion({ KeyId: arn });
    expect(await refusal(sign())).toMatch(/^KMSInvalidStateException/);
    await kms.cancelKeyDeletion({ KeyId: arn });
    await kms.enableKey({ KeyId: arn });
  });
});
