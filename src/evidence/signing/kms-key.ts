import { createHash, createPublicKey } from "node:crypto";
import { Failure } from "../../engine/failure.ts";
import { describePublicKey, isSignedBy } from "./public-key.ts";
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
 * (KMS API reference, Sign). Each signature is checked against the public key before it is used. @throws Failure
 * `signing-key-unusable` for a key of another kind; signing does so for a signature that is not that key's
 */
export async function kmsSigner(calls: KmsCalls): Promise<Signer> {
  const { arn, der } = await calls.publicKey();
  const key = describePublicKey(createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" }), arn);
  if (key?.algorithm !== "ECDSA_P256_SHA256") throw wrongKind(arn);
  return {
    key,
    sign: async (bytes) => {
      const signature = Buffer.from(await calls.signDigest(createHash("sha256").update(bytes).digest()));
      if (!isSignedBy(key, bytes, signature)) throw notItsOwn(arn);
      return signature;
    },
  };
}

/** What answers as KMS has two keys by that name, or is none: nothing signed with it would ever verify. */
function notItsOwn(arn: string): Failure {
  return new Failure({
    code: "signing-key-unusable",
    message: `what the KMS key ${arn} has signed does not fit the public key that it gives`,
    fixer: "operator",
    next: "see where its calls go (AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL, the profile's endpoint_url); else open a case with AWS Support",
    resourceId: arn,
  });
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
