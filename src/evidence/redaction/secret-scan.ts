import { Failure } from "../../engine/failure.ts";
import { REDACTED } from "../../engine/redaction.ts";

interface SecretPattern {
  readonly name: string;
  readonly pattern: RegExp;
  /** In lower case: a text with none of them has no match. Looking for them is many times as fast as the pattern. */
  readonly needles: readonly string[];
}

/** A value of letters and digits that is long enough to be no word, in quotes or not. */
const ASSIGNED = String.raw`["'\\]{0,3}\s{0,3}[=:]\s{0,3}["'\\]{0,3}`;

/** What stands where a secret was, whole; Markdown escapes its brackets. */
const BLANKED = REDACTED.replace(/[[\]]/g, String.raw`\\?\$&`);

/**
 * What must never be in a report. The second net: the first is that reports are made of declared members only, the third that
 * known secrets are taken out before the journal is written. Every pattern is linear in the text.
 */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  {
    name: "AWS access key id",
    needles: ["akia", "asia"],
    pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/,
  },
  {
    name: "AWS secret access key",
    needles: ["secret"],
    pattern: new RegExp(
      String.raw`(?:secret_?access_?key|aws_secret_key)${ASSIGNED}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])`,
      "i",
    ),
  },
  {
    name: "session token",
    needles: ["token"],
    pattern: new RegExp(String.raw`(?:session_?token|security_?token)${ASSIGNED}[A-Za-z0-9/+=_-]{32}`, "i"),
  },
  { name: "private key", needles: ["private key-----"], pattern: /-----BEGIN (?:[A-Z]{1,10} ){0,3}PRIVATE KEY-----/ },
  { name: "JSON Web Token", needles: ["eyj"], pattern: /(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{16}/ },
  {
    name: "presigned URL",
    needles: ["x-amz-"],
    pattern: /[?&;]X-Amz-(?:Signature|Security-Token|Credential)(?:=|%3D|&#x3D;|&#61;)/i,
  },
  {
    name: "URL with a password",
    needles: ["://"],
    pattern: new RegExp(
      String.raw`(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:"'<>]{1,128}:(?!${BLANKED}@)[^\s/@"'<>]{1,256}@`,
      "i",
    ),
  },
  {
    name: "GitHub token",
    needles: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
    pattern: /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40})/,
  },
  { name: "Slack token", needles: ["xox"], pattern: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10}/ },
  {
    name: "Slack webhook",
    needles: ["hooks.slack.com"],
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9]/i,
  },
  {
    name: "password",
    needles: ["password", "passwd", "client_secret", "api_key"],
    pattern: new RegExp(
      String.raw`(?<![A-Za-z0-9])(?:password|passwd|client_secret|api_key)["'\\]{0,3}=["'\\]{0,3}(?!${BLANKED}(?:[\s"'\\<&,;]|$))[^\s"'\\<&,;]{6}`,
      "i",
    ),
  },
];

export interface SecretHit {
  readonly pattern: string;
  /** Where: `failures[0].message`. */
  readonly field: string;
}

/** The patterns that a text can match at all. */
function possible(text: string): readonly SecretPattern[] {
  const lower = text.toLowerCase();
  return SECRET_PATTERNS.filter(({ needles }) => needles.some((needle) => lower.includes(needle)));
}

/** The first secret in data, by the path to the text that holds it. */
export function secretIn(data: unknown): SecretHit | undefined {
  const patterns = possible(JSON.stringify(data) ?? "");
  return patterns.length === 0 ? undefined : findIn(data, "", patterns);
}

function findIn(data: unknown, field: string, patterns: readonly SecretPattern[]): SecretHit | undefined {
  if (typeof data === "string") {
    const hit = patterns.find(({ pattern }) => pattern.test(data));
    return hit && { pattern: hit.name, field };
  }
  if (typeof data !== "object" || data === null) return undefined;
  for (const [key, value] of Object.entries(data)) {
    const inside = Array.isArray(data) ? `${field}[${key}]` : field === "" ? key : `${field}.${key}`;
    const hit = typeof value === "object" || typeof value === "string" ? findIn(value, inside, patterns) : undefined;
    if (hit) return hit;
  }
  return undefined;
}

/** The first secret in a text, by its line. */
export function secretInText(text: string): SecretHit | undefined {
  for (const { name, pattern } of possible(text)) {
    const match = pattern.exec(text);
    if (match) return { pattern: name, field: `line ${text.slice(0, match.index).split("\n").length}` };
  }
  return undefined;
}

/** @throws Failure that names pattern and place, never the value. */
export function refuseSecret(what: string, hit: SecretHit | undefined): void {
  if (!hit) return;
  throw new Failure({
    code: "secret-in-report",
    message: `${what} would show what looks like a secret (${hit.pattern}) in ${hit.field}; it is not written`,
    fixer: "operator",
    next: "find out how it came into the run, replace the credential, and mark the value as sensitive where it comes from",
  });
}
