import { AwsError } from "../../service.ts";

const HOUR_MS = 3_600_000;
/** How long the tokens that EBS direct hands out live: for a block, and for the next page. */
export const BLOCK_TOKEN_MS = 7 * 24 * HOUR_MS;
export const PAGE_TOKEN_MS = HOUR_MS;

/** A token that carries what it is for, and until when. */
export function writeToken(what: readonly (string | number)[], expiresAt: number): string {
  return Buffer.from(JSON.stringify([Math.round(expiresAt), ...what])).toString("base64");
}

/** What a token is for; refused when it is no token or has expired. `kind` as EBS's errors word it. */
export function readToken(token: string, now: number, kind: "BlockToken" | "NextToken"): readonly (string | number)[] {
  const [expiresAt, ...what] = parse(token);
  if (typeof expiresAt !== "number" || expiresAt < now) {
    const Reason = kind === "BlockToken" ? "INVALID_BLOCK_TOKEN" : "INVALID_PAGE_TOKEN";
    throw new AwsError("ValidationException", `The provided ${kind} is invalid or has expired`, 400, { Reason });
  }
  return what;
}

function parse(token: string): readonly (string | number)[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64").toString("utf8"));
    return Array.isArray(parsed) ? (parsed as (string | number)[]) : [];
  } catch {
    return [];
  }
}
