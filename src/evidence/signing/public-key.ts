import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import type { PublicKeyInfo, SigningAlgorithm } from "./signer.ts";

/** What is told of a public key; undefined for a kind of key that gameday does not sign with. */
export function describePublicKey(key: KeyObject, custody: string): PublicKeyInfo | undefined {
  const algorithm = algorithmOf(key);
  if (!algorithm) return undefined;
  const der = key.export({ type: "spki", format: "der" });
  const publicKeyPem = key.export({ type: "spki", format: "pem" }).toString();
  return { keyId: createHash("sha256").update(der).digest("hex"), algorithm, publicKeyPem, custody };
}

/** The key of a PEM text, or undefined when it is none that gameday can check signatures with. */
export function readPublicKey(pem: string, custody = "file"): PublicKeyInfo | undefined {
  try {
    return describePublicKey(createPublicKey(pem), custody);
  } catch {
    return undefined;
  }
}

export function isSignedBy(key: PublicKeyInfo, bytes: Buffer, signature: Buffer): boolean {
  const digest = key.algorithm === "Ed25519" ? null : "sha256";
  try {
    return verify(digest, bytes, createPublicKey(key.publicKeyPem), signature);
  } catch {
    return false;
  }
}

function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  if (key.asymmetricKeyType === "ed25519") return "Ed25519";
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return key.asymmetricKeyType === "ec" && curve === "prime256v1" ? "ECDSA_P256_SHA256" : undefined;
}
