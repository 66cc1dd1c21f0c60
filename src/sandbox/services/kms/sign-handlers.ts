import { createHash, createPublicKey } from "node:crypto";
import type * as Kms from "@aws-sdk/client-kms";
import { AwsError, type Handlers, type RequestContext } from "../../service.ts";
import { signDigest } from "./ecdsa.ts";
import { mayUse } from "./key-access.ts";
import { findKey } from "./key-lookup.ts";
import type { Key, Keys } from "./keys.ts";

const ALGORITHM = "ECDSA_SHA_256";
const DIGEST_BYTES = 32;
/** "Messages can be 0-4096 bytes" (KMS API reference, Sign). */
const LONGEST_MESSAGE = 4096;

/** What keys of spec ECC_NIST_P256 are for; their errors are those of the KMS API reference. */
export function signHandlers(keys: Keys): Handlers<typeof Kms> {
  return {
    GetPublicKey: (input, at) => {
      const { key, privateKey } = usable(keys, at, { keyId: input.KeyId, action: "kms:GetPublicKey" });
      return {
        KeyId: key.arn,
        PublicKey: new Uint8Array(createPublicKey(privateKey).export({ format: "der", type: "spki" })),
        KeySpec: "ECC_NIST_P256",
        CustomerMasterKeySpec: "ECC_NIST_P256",
        KeyUsage: "SIGN_VERIFY",
        SigningAlgorithms: [ALGORITHM],
      };
    },
    Sign: (input, at) => {
      const { key, privateKey } = usable(keys, at, { keyId: input.KeyId, action: "kms:Sign" });
      if (input.SigningAlgorithm !== ALGORITHM)
        throw new AwsError(
          "InvalidKeyUsageException",
          `Algorithm ${input.SigningAlgorithm} is incompatible with key spec ECC_NIST_P256.`,
        );
      return { KeyId: key.arn, SigningAlgorithm: ALGORITHM, Signature: signDigest(digestOf(input), privateKey) };
    },
  };
}

function digestOf({ Message: message = new Uint8Array(), MessageType: type }: Kms.SignCommandInput): Uint8Array {
  if (type === "DIGEST") {
    if (message.length === DIGEST_BYTES) return message;
    throw new AwsError("ValidationException", `Digest is invalid length for algorithm ${ALGORITHM}.`);
  }
  if (message.length > LONGEST_MESSAGE)
    throw new AwsError(
      "ValidationException",
      "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less than or equal to 4096",
    );
  return createHash("sha256").update(message).digest();
}

interface Use {
  readonly keyId: string | undefined;
  readonly action: "kms:GetPublicKey" | "kms:Sign";
}

function usable(keys: Keys, at: RequestContext, { keyId, action }: Use) {
  const key = findKey(keys, at, keyId);
  const { principalArn } = at;
  if (!mayUse(keys.roles, key, { principalArn, action }))
    throw new AwsError(
      "AccessDeniedException",
      `User: ${principalArn} is not authorized to perform: ${action} on resource: ${key.arn}`,
    );
  return { key, privateKey: privateKeyOf(key, action) };
}

function privateKeyOf(key: Key, action: Use["action"]) {
  if (!key.privateKey) {
    if (action === "kms:GetPublicKey") throw new AwsError("UnsupportedOperationException", `${key.arn} is symmetric.`);
    throw new AwsError(
      "InvalidKeyUsageException",
      `${key.arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`,
    );
  }
  if (key.state === "Disabled") throw new AwsError("DisabledException", `${key.arn} is disabled.`);
  if (key.state === "PendingDeletion")
    throw new AwsError("KMSInvalidStateException", `${key.arn} is pending deletion.`);
  return key.privateKey;
}
