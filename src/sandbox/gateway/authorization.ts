import { AwsError } from "../service.ts";
import type { WireRequest } from "../protocols/wire-request.ts";
import { incompleteSignature } from "./credential-errors.ts";

/** What a SigV4 signature says about who calls what where. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `20261120` */
  readonly day: string;
  readonly region: string;
  readonly signingName: string;
}

/** What a request says of its own signature; nothing of it is checked yet. */
export interface Authorization {
  readonly scope: CredentialScope;
  /** `20261120T090000Z` */
  readonly date: string;
  /** In lower case, as they were signed. */
  readonly signedHeaders: readonly string[];
  /** Hexadecimal. */
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** Of a presigned URL: seconds from its date. */
  readonly expiresInS: number | undefined;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const SCOPE = /^([\w-]{1,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([\w-]{1,64})\/aws4_request$/;
const DATE = /^\d{8}T\d{6}Z$/;
/** AWS: a presigned URL lives for a week at most. */
const LONGEST_S = 604_800;

/**
 * From the Authorization header, or from the query string of a presigned URL.
 * @throws AwsError `MissingAuthenticationToken`, `IncompleteSignature`
 */
export function readAuthorization(request: WireRequest): Authorization {
  const header = request.header("authorization");
  if (header !== undefined) return fromHeader(header, request);
  if (request.query.has("X-Amz-Credential")) return fromQuery(request.query);
  throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
}

function fromHeader(header: string, request: WireRequest): Authorization {
  const [algorithm, ...rest] = header.trim().split(/\s+/);
  const parts = new Map(rest.join("").split(",").map(nameAndValue));
  return {
    scope: scopeOf(algorithm === ALGORITHM ? parts.get("Credential") : undefined),
    date: dateOf(request.header("x-amz-date") ?? compact(request.header("date"))),
    signedHeaders: headersOf(parts.get("SignedHeaders")),
    signature: signatureOf(parts.get("Signature")),
    sessionToken: request.header("x-amz-security-token"),
    expiresInS: undefined,
  };
}

function fromQuery(query: URLSearchParams): Authorization {
  const expires = query.get("X-Amz-Expires") ?? "";
  const expiresInS = /^\d{1,6}$/.test(expires) ? Number(expires) : NaN;
  if (!(expiresInS <= LONGEST_S))
    throw incompleteSignature(`X-Amz-Expires must be a number of seconds of at most ${LONGEST_S}`);
  return {
    scope: scopeOf(query.get("X-Amz-Algorithm") === ALGORITHM ? query.get("X-Amz-Credential") : undefined),
    date: dateOf(query.get("X-Amz-Date")),
    signedHeaders: headersOf(query.get("X-Amz-SignedHeaders")),
    signature: signatureOf(query.get("X-Amz-Signature")),
    sessionToken: query.get("X-Amz-Security-Token") ?? undefined,
    expiresInS,
  };
}

function nameAndValue(text: string): [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

function scopeOf(text: string | null | undefined): CredentialScope {
  const [, accessKeyId, day, region, signingName] = SCOPE.exec(text ?? "") ?? [];
  if (accessKeyId && day && region && signingName) return { accessKeyId, day, region, signingName };
  throw incompleteSignature(
    `The credential scope is not of the form key/date/region/service/aws4_request, or not of ${ALGORITHM}.`,
  );
}

/** The Date header's form as X-Amz-Date has it. */
function compact(httpDate: string | undefined): string | undefined {
  const at = Date.parse(httpDate ?? "");
  return Number.isNaN(at) ? undefined : new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
}

function dateOf(text: string | null | undefined): string {
  if (text && DATE.test(text)) return text;
  throw incompleteSignature("Authorization requires existence of either a 'X-Amz-Date' or a 'Date' header.");
}

function headersOf(text: string | null | undefined): readonly string[] {
  const names = (text ?? "").split(";");
  if (names.includes("host")) return names;
  throw incompleteSignature("'Host' must be a 'SignedHeader' in the AWS Authorization.");
}

function signatureOf(text: string | null | undefined): string {
  if (text && /^[0-9a-f]{64}$/.test(text)) return text;
  throw incompleteSignature("Authorization requires 'Signature' parameter of 64 hexadecimal digits.");
}
