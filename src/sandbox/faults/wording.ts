import { AwsError } from "../service.ts";
import type { Call } from "../gateway/call.ts";
import { operationName } from "./operations.ts";

/** A word for each service, and `other` for the rest. */
type Words = Readonly<Record<string, string>> & { readonly other: string };

const THROTTLED: Words = {
  ec2: "RequestLimitExceeded",
  ebs: "RequestThrottledException",
  sts: "Throttling",
  iam: "Throttling",
  cloudwatch: "Throttling",
  other: "ThrottlingException",
};

const TROUBLED: Words = {
  ec2: "InternalError",
  ssm: "InternalServerError",
  kms: "KMSInternalException",
  ebs: "InternalServerException",
  dlm: "InternalServerException",
  other: "InternalFailure",
};

const DENIED: Words = {
  ec2: "UnauthorizedOperation",
  sts: "AccessDenied",
  iam: "AccessDenied",
  other: "AccessDeniedException",
};

function worded(words: Words, service: string): string {
  return words[service] ?? words.other;
}

/** EC2 refuses with 503, all others with 400. */
export function throttled({ service }: Call): AwsError {
  const message = service === "ec2" ? "Request limit exceeded." : "Rate exceeded";
  return new AwsError(worded(THROTTLED, service), message, service === "ec2" ? 503 : 400);
}

export function troubled({ service }: Call): AwsError {
  return new AwsError(worded(TROUBLED, service), "An internal error has occurred", 500);
}

export function denied(call: Call): AwsError {
  const { service, principalArn } = call;
  const name = operationName(call);
  const message =
    service === "ec2"
      ? `You are not authorized to perform this operation. User: ${principalArn} is not authorized to perform: ${name} because no identity-based policy allows the ${name} action`
      : `User: ${principalArn} is not authorized to perform: ${name} because no identity-based policy allows the ${name} action`;
  return new AwsError(worded(DENIED, service), message, service === "ec2" || DENIED[service] !== undefined ? 403 : 400);
}
