import { Failure } from "../engine/failure.ts";

/** What AWS's error codes mean for the caller: whether to wait, to renew credentials, to look again or to give up. */

const THROTTLE_CODES: ReadonlySet<string> = new Set([
  "BandwidthLimitExceeded",
  "EC2ThrottledException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "SnapshotCreationPerVolumeRateExceeded",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
]);

const EXPIRED_CODES: ReadonlySet<string> = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "RequestExpired",
  "TokenRefreshRequired",
]);

const NETWORK_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "NetworkingError",
  "RequestTimeout",
  "TimeoutError",
]);

/** AWS's own code of an error, also of one that has been turned into a {@link Failure}. Undefined for errors that are not AWS's. */
export function awsErrorCode(error: unknown): string | undefined {
  if (error instanceof Failure) return awsErrorCode(error.details.cause);
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && NETWORK_CODES.has(code)) return code;
  if (isUnreadable(error)) return UNREADABLE_ANSWER;
  return "$metadata" in error || NETWORK_CODES.has(error.name) ? error.name : undefined;
}

/** In place of a code: an answer came, and it does not speak the service's protocol (a page of HTML, for one). */
export const UNREADABLE_ANSWER = "UnknownError";

/** The SDK's own words for it are those of the parser that gave up; the answer itself hangs on the error, hidden. */
function isUnreadable(error: Error): boolean {
  return /^(SyntaxError|TypeError|RangeError|Error)$/.test(error.name) && answerOf(error) !== undefined;
}

function answerOf(error: unknown): { readonly statusCode?: number } | undefined {
  return (error as { $response?: { readonly statusCode?: number } } | undefined)?.$response;
}

/** The HTTP status of the answer; undefined when none came. */
export function httpStatusOf(error: unknown): number | undefined {
  if (error instanceof Failure) return httpStatusOf(error.details.cause);
  const answered = answerOf(error)?.statusCode;
  if (answered !== undefined) return answered;
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}

export function isThrottled(error: unknown): boolean {
  return THROTTLE_CODES.has(awsErrorCode(error) ?? "") || httpStatusOf(error) === 429;
}

export function isExpired(error: unknown): boolean {
  return EXPIRED_CODES.has(awsErrorCode(error) ?? "");
}

export function isUnreachable(error: unknown): boolean {
  return NETWORK_CODES.has(awsErrorCode(error) ?? "");
}

/** Not a statement about the request: throttled, unreachable, or AWS's own trouble. Waiting and asking again is right. */
export function isTransient(error: unknown): boolean {
  const status = httpStatusOf(error) ?? 0;
  return isThrottled(error) || isUnreachable(error) || (status >= 500 && status !== 501);
}

export function isNotFound(error: unknown): boolean {
  return isNotFoundCode(awsErrorCode(error) ?? "");
}

/** `InvalidVolume.NotFound`, `ResourceNotFoundException`, … : the thing named does not exist (or does not yet). */
export function isNotFoundCode(code: string): boolean {
  return /NotFound|DoesNotExist|NoSuch/.test(code);
}
