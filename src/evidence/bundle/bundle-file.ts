import { printableJson } from "../../drill/printable.ts";

/** One file of a bundle: its path there, with `/`, and its content or the file it is a copy of. */
export type BundleFile =
  { readonly path: string; readonly content: string | Buffer } | { readonly path: string; readonly copyOf: string };

export const MANIFEST = "MANIFEST.sha256";
export const RESULT_STATEMENT = "attestations/result.intoto.jsonl";
export const INTENT_STATEMENT = "attestations/intent.intoto.jsonl";
export const REVIEW_STATEMENT = "attestations/review.intoto.jsonl";
export const PUBLIC_KEY = "keys/signer.pub.pem";
export const KEY_INFO = "keys/key-info.json";

/** Nothing in it steers a terminal. */
export function json(value: unknown): string {
  return `${printableJson(JSON.stringify(value, undefined, 2))}\n`;
}

/** As {@link json}, one value a line. */
export function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${printableJson(JSON.stringify(value))}\n`).join("");
}
