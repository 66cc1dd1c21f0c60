import { Failure, type FailureDetails, type Fixer } from "../engine/failure.ts";
import {
  awsErrorCode,
  httpStatusOf,
  isExpired,
  isNotFoundCode,
  isThrottled,
  isTransient,
  isUnreachable,
} from "./error-codes.ts";

/** The call an error came from, and whose it was. */
export interface FailedCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly drillName: string;
  readonly runId: string;
  /** What was called in AWS's place; absent where that was AWS itself. */
  readonly endpoint?: string | undefined;
}

interface Explanation {
  readonly code: string;
  readonly fixer: Fixer;
  readonly next?: string;
  readonly again?: FailureDetails["again"];
}

const LONGEST_MESSAGE = 600;
const OPERATIONS_THAT_CHANGE_NOTHING = /^(Describe|Get|List)/;

/**
 * AWS's error as a failure a person can act on: AWS's code, message and request id, who can fix it and what to do next.
 * A {@link Failure} and an abort pass unchanged; so does anything that is not AWS's, for that is a bug.
 */
export function explainAwsError(error: unknown, call: FailedCall): unknown {
  if (error instanceof Failure) return error;
  if (error instanceof Error && error.name === "EndpointError") return noSuchEndpoint(error, call);
  const awsCode = awsErrorCode(error);
  if (awsCode === undefined || !(error instanceof Error)) return error;
  const {
    code,
    fixer,
    next,
    again = isRefusal(error, awsCode) ? "refused" : undefined,
  } = explain(error, awsCode, call);
  const awsRequestId = (error as { $metadata?: { requestId?: string } }).$metadata?.requestId;
  return new Failure({
    code,
    message: `${call.service}:${call.operation} in ${call.region}: ${inAwsWords(error, awsCode, call)}`,
    fixer,
    ...(next === undefined ? {} : { next }),
    ...(awsRequestId === undefined ? {} : { awsRequestId }),
    ...(again === undefined ? {} : { again }),
    cause: error,
  });
}

/** The SDK's own rules know no such endpoint: FIPS or dual-stack where there is none. */
function noSuchEndpoint(error: Error, { service, operation, region }: FailedCall): Failure {
  return new Failure({
    code: "no-such-endpoint",
    message: `${service}:${operation} in ${region}: ${oneLine(error.message)}`,
    fixer: "operator",
    next: "unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, and take use_fips_endpoint and use_dualstack_endpoint out of the profile",
    cause: error,
  });
}

/** AWS has said no to the only attempt. After a lost answer a "no" may come from what the call itself has made. */
function isRefusal(error: Error, awsCode: string): boolean {
  const { attempts = 1 } = (error as { $metadata?: { attempts?: number } }).$metadata ?? {};
  const status = httpStatusOf(error) ?? 0;
  return status >= 400 && status < 500 && attempts === 1 && awsCode !== "IdempotentParameterMismatch";
}

/** What answers for a service that is down (a load balancer, a proxy) does not speak AWS's protocol. */
function inAwsWords(error: Error, awsCode: string, { endpoint = "AWS" }: FailedCall): string {
  const status = httpStatusOf(error);
  if (/^Unknown(Error)?$/.test(awsCode) && status !== undefined)
    return `HTTP ${status}, without a word from ${endpoint}`;
  return `${awsCode}: ${oneLine(error.message)}`;
}

/** AWS's text is somebody else's: no control characters, no line breaks, bounded. Cut between words: half a secret is not recognised. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
  return line.length <= LONGEST_MESSAGE ? line : `${line.slice(0, LONGEST_MESSAGE).replace(/\S*$/, "")}…`;
}

function explain(error: Error, awsCode: string, call: FailedCall): Explanation {
  return (
    explainIdentity(error, awsCode, call) ??
    explainTransient(error, call) ??
    explainPassing(error, awsCode, call) ??
    explainRefusal(awsCode, call) ?? { code: "aws-error", fixer: "AWS" }
  );
}

function explainIdentity(error: Error, awsCode: string, call: FailedCall): Explanation | undefined {
  if (isExpired(error)) {
    return {
      code: "credentials-expired",
      fixer: "operator",
      next: `refresh the credentials, then: gameday resume ${call.runId}`,
    };
  }
  if (
    /^(UnauthorizedOperation|AccessDenied|AccessDeniedException|NotAuthorized|Client\.UnauthorizedOperation)$/.test(
      awsCode,
    )
  ) {
    const byScp = /service control policy|explicit deny/i.test(error.message);
    const next = byScp
      ? "an explicit deny applies (often a service control policy): ask whoever owns the organisation's policies"
      : `grant it: gameday permissions ${call.drillName}`;
    return { code: "access-denied", fixer: "operator", next };
  }
  if (
    /^(AuthFailure|UnrecognizedClientException|InvalidClientTokenId|SignatureDoesNotMatch|MissingAuthenticationToken)/.test(
      awsCode,
    )
  ) {
    return { code: "credentials-invalid", fixer: "operator", next: "check the credentials: gameday doctor" };
  }
  if (/^(OptInRequired|RegionDisabledException)$/.test(awsCode)) {
    return { code: "region-not-opted-in", fixer: "operator", next: `enable ${call.region} for the account` };
  }
  return undefined;
}

function explainTransient(error: Error, call: FailedCall): Explanation | undefined {
  if (isThrottled(error)) {
    return { code: "throttled", fixer: "AWS", next: "run it when the account makes fewer calls", again: "safe" };
  }
  if (!isTransient(error)) return undefined;
  const again = OPERATIONS_THAT_CHANGE_NOTHING.test(call.operation) ? "safe" : "look-first";
  return isUnreachable(error) && httpStatusOf(error) === undefined
    ? {
        code: "aws-unreachable",
        fixer: "operator",
        next: "check the network, proxy and endpoint: gameday doctor",
        again,
      }
    : { code: "aws-trouble", ...troubleAt(call), again };
}

/**
 * A no that holds for now only. EC2 API, error codes: ConcurrentSnapshotLimitExceeded, and ResourceLimitExceeded of CopySnapshot ("too
 * many snapshot copies in progress"), end with what is under way; IAM, eventual consistency: EC2 does not know a profile yet that was
 * made a moment ago.
 */
function explainPassing(error: Error, awsCode: string, { operation, region }: FailedCall): Explanation | undefined {
  if (
    awsCode === "ConcurrentSnapshotLimitExceeded" ||
    (awsCode === "ResourceLimitExceeded" && operation === "CopySnapshot")
  ) {
    const next = `see what is under way: aws ec2 describe-snapshots --region ${region} --owner-ids self --filters Name=status,Values=pending`;
    return { code: "snapshots-under-way", fixer: "operator", next, again: "later" };
  }
  if (awsCode === "InvalidParameterValue" && /Invalid IAM Instance Profile/i.test(error.message)) {
    return {
      code: "invalid-request",
      fixer: "drill author",
      next: "check the step's `with`: instanceProfile",
      again: "safe",
    };
  }
  return undefined;
}

/** Whoever answers in AWS's place is somebody's of the operator's own, and no dashboard of AWS's knows of it. */
function troubleAt({ endpoint }: FailedCall): Pick<Explanation, "fixer" | "next"> {
  if (endpoint === undefined) return { fixer: "AWS", next: "see the AWS health dashboard, then try again" };
  return { fixer: "operator", next: `see what ${endpoint} writes of it in its own log, then try again` };
}

function explainRefusal(awsCode: string, call: FailedCall): Explanation | undefined {
  if (/^Insufficient\w*Capacity|^VolumeTypeNotAvailableInZone$|^Unsupported$/.test(awsCode)) {
    return { code: "no-capacity", fixer: "operator", next: "try another Availability Zone or type" };
  }
  if (/LimitExceeded|QuotaExceeded|MaxIOPSLimit/.test(awsCode)) {
    return { code: "quota-exceeded", fixer: "operator", next: `raise the quota in ${call.region}, or free some of it` };
  }
  if (/^KMS|KmsKey|^(DisabledException|KMSInvalidStateException|InvalidKmsKey)/.test(awsCode)) {
    return { code: "kms-key-unusable", fixer: "operator", next: `check the key's state and policy in ${call.region}` };
  }
  if (awsCode === "NotImplemented" || awsCode === "NotImplementedException") {
    return { code: "not-implemented", fixer: "gameday", next: "the endpoint does not know this operation" };
  }
  if (isNotFoundCode(awsCode)) return { code: "not-found", fixer: "drill author" };
  if (/^Invalid|^Missing|Malformed|^Validation|^IdempotentParameterMismatch$|^Unknown/.test(awsCode)) {
    return { code: "invalid-request", fixer: "drill author", next: "check the step's `with`" };
  }
  return undefined;
}
