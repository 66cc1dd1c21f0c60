import { createHash, createPublicKey } from "node:crypto";
import { Failure } from "../../engine/failure.ts";
import { describePublicKey } from "./public-key.ts";
import type { Signer } from "./signer.ts";

/** The two calls that signing with KMS takes. */
export interface KmsCalls {
  /** `GetPublicKey`: the key's ARN and its SubjectPublicKeyInfo in DER. */
  publicKey(): Promise<{ readonly arn: string; readonly der: Uint8Array }>;
  /** `Sign` with `MessageType: DIGEST` and `ECDSA_SHA_256`: a DER signature. */
  signDigest(digest: Uint8Array): Promise<Uint8Array>;
}

/**
 * Signs with an `ECC_NIST_P256` key of AWS KMS. The digest is sent, never the message: KMS takes at most 4,096 bytes of that
 * (KMS API reference, Sign). @throws Failure `signing-key-unusable` for a key of another kind
 */
export async function kmsSigner(calls: KmsCalls): Promise<Signer> {
  const { arn, der } = await calls.publicKey();
  const key = describePublicKey(createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" }), arn);
  if (key?.algorithm !== "ECDSA_P256_SHA256") throw wrongKind(arn);
  return {
    key,
    sign: async (bytes) => Buffer.from(await calls.signDigest(createHash("sha256").update(bytes).digest())),
  };
}

function wrongKind(arn: string): Failure {
  return new Failure({
    code: "signing-key-unusable",
    message: `the KMS key ${arn} is not of spec ECC_NIST_P256`,
    fixer: "operator",
    next: "aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY",
    resourceId: arn,
  });
}
