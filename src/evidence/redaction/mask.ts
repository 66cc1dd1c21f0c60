import { createHmac } from "node:crypto";
import { Failure } from "../../engine/failure.ts";

/** A shorter key could be found by trying: there are only 10^12 account ids. */
const SHORTEST_KEY = 16;

/** The key that pseudonyms are made with, kept outside of every bundle. @throws Failure when it is too short. */
export function maskKey(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength >= SHORTEST_KEY) return bytes;
  throw new Failure({
    code: "mask-key-too-short",
    message: `the key for masking has ${bytes.byteLength} bytes; it must have at least ${SHORTEST_KEY}`,
    fixer: "operator",
    next: "openssl rand -hex 32 > mask.key",
  });
}

const ARN = /\b(arn:aws[a-z-]{0,20}:[a-z0-9-]{1,64}:[a-z0-9-]{0,64}:)(\d{12}):([^\s"'<>|,;()]{1,2048})/g;
const ACCOUNT = /(?<![A-Za-z0-9-])\d{12}(?![A-Za-z0-9-])/g;

/**
 * A copy of data in which account ids are `acct-` and ten hex digits, and what ARNs name is `res-` and ten: the same ones for the
 * same value and key (HMAC-SHA-256), so that who has the key can confirm a value and nobody else can guess it.
 */
export function masked<T>(data: T, key: Uint8Array): T {
  const known = new Map<string, string>();
  const pseudonym = (prefix: string, value: string) => {
    const name = `${prefix}-${value}`;
    const made = known.get(name) ?? `${prefix}-${createHmac("sha256", key).update(name).digest("hex").slice(0, 10)}`;
    known.set(name, made);
    return made;
  };
  const text = (value: string) =>
    value
      .replace(ARN, (_, head: string, account: string, rest: string) => {
        return `${head}${pseudonym("acct", account)}:${pseudonym("res", rest)}`;
      })
      .replace(ACCOUNT, (account) => pseudonym("acct", account));
  return maskIn(data, text) as T;
}

function maskIn(data: unknown, text: (value: string) => string): unknown {
  if (typeof data === "string") return text(data);
  if (Array.isArray(data)) return data.map((item) => maskIn(item, text));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [text(name), maskIn(value, text)]));
}
