import { Failure } from "../../engine/failure.ts";
import { kmsSigner } from "../../evidence/signing/kms-key.ts";
import type { Signer } from "../../evidence/signing/signer.ts";
import { endpointOf } from "../aws/endpoint.ts";
import type { Io } from "../io.ts";

/**
 * Signs with a KMS key of that ARN, with the credentials the AWS SDK finds: those of who signs, not the role of the drill.
 * Each signature is an event in that account's CloudTrail.
 */
export async function openKmsSigner(arn: string, io: Io): Promise<Signer> {
  const region = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/.exec(arn)?.[1];
  if (region === undefined) throw notAKey(arn);
  const { KMS } = await import("@aws-sdk/client-kms");
  const endpoint = io.env["AWS_ENDPOINT_URL_KMS"] ?? endpointOf(io);
  const kms = new KMS({ region, ...(endpoint ? { endpoint } : {}) });
  return kmsSigner({
    publicKey: async () => {
      const { PublicKey = new Uint8Array() } = await kms.getPublicKey({ KeyId: arn }).catch(unusable(arn));
      return { arn, der: PublicKey };
    },
    signDigest: async (digest) => {
      const asked = { KeyId: arn, Message: digest, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" } as const;
      const { Signature = new Uint8Array() } = await kms.sign(asked).catch(unusable(arn));
      return Signature;
    },
  });
}

/** Whatever KMS says, without its key nothing is signed and so nothing is begun. */
function unusable(arn: string): (cause: unknown) => never {
  return (cause) => {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    throw new Failure({
      code: "signing-key-unusable",
      message: `the signing key ${arn} cannot be used: ${name}: ${message}`,
      fixer: "operator",
      next: `allow kms:GetPublicKey and kms:Sign on it, see that it is enabled: aws kms describe-key --key-id ${arn}`,
      resourceId: arn,
      cause,
    });
  };
}

function notAKey(arn: string): Failure {
  return new Failure({
    code: "signing-key-unusable",
    message: `${arn} is not the ARN of a KMS key`,
    fixer: "operator",
    next: "give arn:aws:kms:REGION:ACCOUNT:key/ID, or the path of a private key in PEM",
  });
}
