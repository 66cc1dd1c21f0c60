import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { escapeUri } from "@smithy/core/protocols";
import type { WireRequest } from "../protocols/wire-request.ts";
import type { Authorization, CredentialScope } from "./authorization.ts";

/**
 * Whether the secret makes the request's signature (IAM User Guide, "Create a signed AWS API request"). The body always counts:
 * no operation that the sandbox serves takes UNSIGNED-PAYLOAD.
 */
export function isSignedWith(secretAccessKey: string, request: WireRequest, authorization: Authorization): boolean {
  const { scope, date, signature } = authorization;
  const stringToSign = [
    "AWS4-HMAC-SHA256",
    date,
    [scope.day, scope.region, scope.signingName, "aws4_request"].join("/"),
    createHash("sha256").update(canonicalRequest(request, authorization)).digest("hex"),
  ].join("\n");
  const expected = hmac(signingKey(secretAccessKey, scope), stringToSign);
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

function signingKey(secretAccessKey: string, { day, region, signingName }: CredentialScope): Buffer {
  return [day, region, signingName, "aws4_request"].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function canonicalRequest(request: WireRequest, { signedHeaders }: Authorization): string {
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.rawQuery),
    ...signedHeaders.map((name) => `${name}:${canonicalHeader(request.header(name) ?? "")}`),
    "",
    signedHeaders.join(";"),
    request.bodySha256,
  ].join("\n");
}

/** Normalised, and encoded once more than it was sent: every service but S3. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(escapeUri(segment));
  }
  return `/${segments.join("/")}${segments.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery(rawQuery: string): string {
  const pairs = rawQuery.split("&").filter((pair) => pair !== "");
  return pairs
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [name, value.join("=")].map((text) => escapeUri(decoded(text)));
    })
    .filter(([name]) => name !== "X-Amz-Signature")
    .sort(([a = "", x = ""], [b = "", y = ""]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join("="))
    .join("&");
}

/** What is not percent-encoded as it should be counts as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function canonicalHeader(value: string): string {
  return value.trim().replace(/\s+/g, " ");
}

/** By code point, as AWS sorts: a locale would sort otherwise. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
