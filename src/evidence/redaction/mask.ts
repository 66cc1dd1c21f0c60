import { createHmac } from "node:crypto";
import { Failure } from "../../engine/failure.ts";
import type { RunRecord } from "../../engine/record.ts";

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

/** Ids as AWS writes them: a kind, a hyphen, 8 or 17 hex digits. */
const RESOURCE_ID = /(?<![\w-])([a-z]{1,10}(?:-[a-z]{2,10})?)-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![\w-])/g;
const IP_ADDRESS = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g;

/** What pseudonyms are made with, and what of. */
export interface Mask {
  readonly key: Uint8Array;
  /** Given: resource ids and IP addresses are masked as well, and these names, which have no form of their own. */
  readonly names?: readonly string[];
}

/** A shorter name would be found inside of words. */
const SHORTEST_NAME = 4;

/** Names of resources and machines that a record holds and that no pattern finds; the longest first, for one may hold another. */
export function resourceNames({ run, ledger, recoveryPoints }: RunRecord): readonly string[] {
  const points = recoveryPoints.flatMap((point) => [point.recoveryPointId, point.sourceId, point.kmsKeyId]);
  const names = [run.process.host, ...ledger.map(({ id }) => id), ...points].filter((name) => name !== undefined);
  return [...new Set(names)].filter((name) => name.length >= SHORTEST_NAME).sort((a, b) => b.length - a.length);
}

type Pseudonym = (prefix: string, value: string) => string;

/**
 * A copy of data in which account ids are `acct-` and ten hex digits, and what ARNs name is `res-` and ten: the same ones for the
 * same value and key (HMAC-SHA-256), so that who has the key can confirm a value and nobody else can guess it. Resource ids, where
 * they are asked for, keep their kind: `vol-` and ten.
 */
export function masked<T>(data: T, { key, names }: Mask): T {
  const known = new Map<string, string>();
  const pseudonym: Pseudonym = (prefix, value) => {
    const name = `${prefix}-${value}`;
    const made = known.get(name) ?? `${prefix}-${createHmac("sha256", key).update(name).digest("hex").slice(0, 10)}`;
    known.set(name, made);
    return made;
  };
  const accounts = (text: string) => withoutAccounts(text, pseudonym);
  const all = (text: string) => withoutResources(accounts(text), names ?? [], pseudonym);
  return maskIn(data, names ? all : accounts) as T;
}

function withoutAccounts(text: string, pseudonym: Pseudonym): string {
  return text
    .replace(ARN, (_, head: string, account: string, rest: string) => {
      return `${head}${pseudonym("acct", account)}:${pseudonym("res", rest)}`;
    })
    .replace(ACCOUNT, (account) => pseudonym("acct", account));
}

function withoutResources(text: string, names: readonly string[], pseudonym: Pseudonym): string {
  return names
    .reduce((rest, name) => rest.replaceAll(name, () => pseudonym(kindOf(name), name)), text)
    .replace(RESOURCE_ID, (id, kind: string) => pseudonym(kind, id))
    .replace(IP_ADDRESS, (address) => pseudonym("ip", address));
}

function kindOf(name: string): string {
  return new RegExp(RESOURCE_ID.source).exec(name)?.[1] ?? "res";
}

function maskIn(data: unknown, text: (value: string) => string): unknown {
  if (typeof data === "string") return text(data);
  if (Array.isArray(data)) return data.map((item) => maskIn(item, text));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [text(name), maskIn(value, text)]));
}
