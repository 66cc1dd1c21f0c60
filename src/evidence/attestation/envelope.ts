import { isRecord } from "../../drill/json.ts";
import { isSignedBy } from "../signing/public-key.ts";
import type { PublicKeyInfo, Signer } from "../signing/signer.ts";

/** https://github.com/secure-systems-lab/dsse: what a signature is over, and how both travel. */
interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly [{ readonly keyid: string; readonly sig: string }];
}

export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** DSSE's pre-authentication encoding: the bytes that are signed. */
export function preAuthEncoding(body: Buffer, type = PAYLOAD_TYPE): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `;
  return Buffer.concat([Buffer.from(head), body]);
}

/** One line of an `.intoto.jsonl` file, without its line feed. */
export async function seal(statement: object, signer: Signer): Promise<string> {
  const body = Buffer.from(JSON.stringify(statement));
  const signature = await signer.sign(preAuthEncoding(body));
  return JSON.stringify({
    payload: body.toString("base64"),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid: signer.key.keyId, sig: signature.toString("base64") }],
  } satisfies Envelope);
}

/** The bytes that a line's one signature is over, and the signature. */
export interface OpenedEnvelope {
  readonly body: Buffer;
  readonly keyId: string;
  readonly signature: Buffer;
}

/** Takes a line apart; a string says what is wrong. Only the exact form that {@link seal} writes is read. */
export function openEnvelope(line: string): OpenedEnvelope | string {
  const envelope = parsed(line);
  const signature = isRecord(envelope) && Array.isArray(envelope["signatures"]) ? envelope["signatures"][0] : undefined;
  if (!isRecord(envelope) || !isRecord(signature)) return "it is not a DSSE envelope";
  const { payload, payloadType } = envelope;
  const { keyid, sig } = signature;
  if (typeof payload !== "string" || typeof keyid !== "string" || typeof sig !== "string")
    return "it is not a DSSE envelope";
  if (payloadType !== PAYLOAD_TYPE) return `its payload type is not ${PAYLOAD_TYPE}`;
  const body = Buffer.from(payload, "base64");
  const bytes = Buffer.from(sig, "base64");
  const again = JSON.stringify({
    payload: body.toString("base64"),
    payloadType,
    signatures: [{ keyid, sig: bytes.toString("base64") }],
  });
  if (again !== line) return "it is not in the one form that gameday writes";
  return { body, keyId: keyid, signature: bytes };
}

/** Undefined when the envelope is signed by the key; else what is wrong. */
export function whyNotSigned(envelope: OpenedEnvelope, key: PublicKeyInfo): string | undefined {
  if (envelope.keyId !== key.keyId) return `it is signed by key ${envelope.keyId}, not by ${key.keyId}`;
  return isSignedBy(key, preAuthEncoding(envelope.body), envelope.signature)
    ? undefined
    : `its signature by key ${key.keyId} does not fit its content`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
