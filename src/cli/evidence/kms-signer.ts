import { Failure } from "../../engine/failure.ts";
import { kmsSigner } from "../../evidence/signing/kms-key.ts";
import type { Signer } from "../../evidence/signing/signer.ts";
import { endpointConfig } from "../../aws/endpoint-config.ts";
import { isAwsOrigin } from "../../regions/aws-origin.ts";
import { configuredEndpoints, withoutCredentials, type NamedEndpoint } from "../aws/endpoint.ts";
import type { Io } from "../io.ts";

/**
 * Signs with a KMS key of that ARN, with the credentials the AWS SDK finds: those of who signs, not the role of the drill.
 * Each signature is an event in that account's CloudTrail.
 */
export async function openKmsSigner(arn: string, io: Io): Promise<Signer> {
  const region = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/.exec(arn)?.[1];
  if (region === undefined) throw notAKey(arn);
  const { KMS } = await import("@aws-sdk/client-kms");
  const { services, general, variant } = await configuredEndpoints(io);
  const endpoint = services.get("kms") ?? general;
  tellElsewhere(endpoint, region, io);
  const kms = new KMS({ region, ...endpointConfig(endpoint?.url, variant) });
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

/** A signature made elsewhere is in no CloudTrail. */
function tellElsewhere(endpoint: NamedEndpoint | undefined, region: string, { stderr }: Io): void {
  if (!endpoint || isAwsOrigin(new URL(endpoint.url).origin, { service: "kms", region })) return;
  const { from, url } = endpoint;
  stderr.write(`gameday: ${from} sends the signing to ${withoutCredentials(url)}, which is not AWS KMS\n`);
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
