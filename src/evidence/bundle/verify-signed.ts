import { isRecord } from "../../drill/json.ts";
import { whyNotSigned } from "../attestation/envelope.ts";
import { readIntent, readResult, type ReadStatement } from "../attestation/read-statement.ts";
import { sha256 } from "../attestation/result.ts";
import type { Intent, Result, Statement } from "../attestation/statements.ts";
import { readPublicKey } from "../signing/public-key.ts";
import type { PublicKeyInfo } from "../signing/signer.ts";
import { INTENT_STATEMENT, KEY_INFO, MANIFEST, PUBLIC_KEY, RESULT_STATEMENT } from "./bundle-file.ts";
import { plainSize, readPart } from "./read-bundle.ts";
import { Wrong } from "./wrong.ts";

/** The signed part of a bundle, its signatures checked. */
export interface SignedPart {
  readonly key: PublicKeyInfo;
  readonly result: Result;
  /** SHA-256 of the result's envelope. */
  readonly resultDigest: string;
  readonly resultStatement: Statement<Result>;
  readonly intent?: Intent;
  readonly intentDigest?: string;
  readonly intentSubjects?: Statement<Intent>["subject"];
  readonly manifestText: string;
}

/**
 * Checks from the outside in: the key is the expected one, the statements are signed by it, the manifest is the signed one.
 * @param expectedKey a key id that the verifier has from elsewhere; without one the bundle's own key is only shown.
 */
export async function verifySigned(folder: string, expectedKey: string | undefined): Promise<SignedPart> {
  const resultLine = await oneLine(folder, RESULT_STATEMENT);
  const result = understood(RESULT_STATEMENT, readResult(resultLine));
  const key = await ownKey(folder, result.envelope.keyId);
  if (expectedKey !== undefined && key.keyId !== expectedKey)
    throw new Wrong(PUBLIC_KEY, `it is key ${key.keyId}, and the expected one is ${expectedKey}`);
  checkSignature(RESULT_STATEMENT, result, key);
  const manifestText = await readPart(folder, MANIFEST);
  const signed = result.statement.subject.find(({ name }) => name === MANIFEST)?.digest.sha256;
  if (signed !== sha256(manifestText)) throw new Wrong(MANIFEST, "it is not the manifest that was signed");
  return {
    key,
    result: result.statement.predicate,
    resultStatement: result.statement,
    resultDigest: sha256(resultLine),
    manifestText,
    ...(await signedIntent(folder, key)),
  };
}

async function signedIntent(folder: string, key: PublicKeyInfo): Promise<Partial<SignedPart>> {
  if ((await plainSize(folder, INTENT_STATEMENT)) === undefined) return {};
  const line = await oneLine(folder, INTENT_STATEMENT);
  const intent = understood(INTENT_STATEMENT, readIntent(line));
  checkSignature(INTENT_STATEMENT, intent, key);
  return { intent: intent.statement.predicate, intentSubjects: intent.statement.subject, intentDigest: sha256(line) };
}

/** The key is told in three places; where two agree, the third one is wrong. */
async function ownKey(folder: string, signedBy: string): Promise<PublicKeyInfo> {
  const { keyId: told, custody } = keyInfoIn(await readPart(folder, KEY_INFO));
  const key = readPublicKey(await readPart(folder, PUBLIC_KEY), custody);
  if (!key) throw new Wrong(PUBLIC_KEY, "it is no public key that gameday signs with");
  if (key.keyId === signedBy) return heldAsTold(key);
  if (told === signedBy) throw new Wrong(PUBLIC_KEY, `it is key ${key.keyId}, and ${signedBy} has signed`);
  throw new Wrong(RESULT_STATEMENT, `it is signed by key ${signedBy}, and the bundle's key is ${key.keyId}`);
}

/** gameday signs with key files, and with KMS keys of one kind (`ECC_NIST_P256`): nothing else can be where it is said to be. */
function heldAsTold(key: PublicKeyInfo): PublicKeyInfo {
  const { custody, algorithm } = key;
  const inKms = /^arn:[\w-]+:kms:[\w-]*:\d{12}:key\/[\w-]+$/.test(custody) && algorithm === "ECDSA_P256_SHA256";
  if (custody === "file" || inKms) return key;
  throw new Wrong(KEY_INFO, `its custody is ${custody}, where gameday keeps no ${algorithm} key`);
}

function keyInfoIn(text: string): { readonly keyId?: unknown; readonly custody?: string | undefined } {
  try {
    const info: unknown = JSON.parse(text);
    if (!isRecord(info)) return {};
    const { keyId, custody } = info;
    return { keyId, custody: typeof custody === "string" ? custody : undefined };
  } catch {
    return {};
  }
}

async function oneLine(folder: string, path: string): Promise<string> {
  const text = await readPart(folder, path);
  if (text.indexOf("\n") !== text.length - 1) throw new Wrong(path, "it is not one whole line");
  return text.slice(0, -1);
}

function understood<P>(path: string, read: ReadStatement<P> | string): ReadStatement<P> {
  if (typeof read === "string") throw new Wrong(path, read);
  return read;
}

function checkSignature(path: string, { envelope }: ReadStatement<unknown>, key: PublicKeyInfo): void {
  const why = whyNotSigned(envelope, key);
  if (why !== undefined) throw new Wrong(path, why);
}
