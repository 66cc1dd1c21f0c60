import { createPublicKey } from "node:crypto";
import { preAuthEncoding } from "../attestation/envelope.ts";
import { describePublicKey, isSignedBy } from "../signing/public-key.ts";
import type { PublicKeyInfo, Signer } from "../signing/signer.ts";

/** Nothing that is signed as a statement can pass for a line, nor the other way round. */
const LINE_TYPE = "application/vnd.gameday.ledger-line+json";

/** The members that say who has signed, in the order in which they end a line; the signature comes last of all. */
export interface LineKey {
  /** Hex SHA-256 of the public key. */
  readonly keyid: string;
  /** SubjectPublicKeyInfo, DER in Base64: a ledger can be checked by itself. */
  readonly key: string;
  /** Who holds the private half: `file`, or the ARN of a KMS key. */
  readonly custody: string;
}

export function lineKey({ key }: Signer): LineKey {
  const der = createPublicKey(key.publicKeyPem).export({ type: "spki", format: "der" });
  return { keyid: key.keyId, key: der.toString("base64"), custody: key.custody };
}

/** A line of the ledger, without its line feed: the entry, and a signature over all of it, its number and the line before. */
export async function signLine(entry: object, signer: Signer): Promise<string> {
  const body = JSON.stringify(entry);
  const signature = await signer.sign(preAuthEncoding(Buffer.from(body), LINE_TYPE));
  return `${body.slice(0, -1)},"sig":"${signature.toString("base64")}"}`;
}

interface SaidKey {
  readonly keyid?: string | undefined;
  readonly key?: string | undefined;
}

const SIGNED = /^(\{.*),"sig":"([A-Za-z0-9+/]+={0,2})"\}$/;

/** Undefined for a line whose signature is that of the key it names; else what is wrong with it. */
export function whyLineNotSigned(line: string, { keyid, key }: SaidKey): string | undefined {
  const [, body = "", signature = ""] = SIGNED.exec(line) ?? [];
  const info = publicKey(key ?? "");
  if (body === "" || info === undefined || info.keyId !== keyid)
    return "it is not signed in the one form that gameday writes";
  return isSignedBy(info, preAuthEncoding(Buffer.from(`${body}}`), LINE_TYPE), Buffer.from(signature, "base64"))
    ? undefined
    : `its signature by key ${keyid} does not fit its content`;
}

function publicKey(key: string): PublicKeyInfo | undefined {
  try {
    return describePublicKey(createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" }), "");
  } catch {
    return undefined;
  }
}
