import { AwsError } from "../service.ts";

/** Services that answer errors in the old query protocols, or once did, and so with the old codes. */
const QUERY = new Set(["sts", "iam", "cloudformation", "rds", "cloudwatch"]);
/** Services of the JSON protocols that go by a target header, not by a path: they answer 400 where others answer 403. */
const JSON_RPC = new Set(["kms", "ssm"]);

/** What a service answers to credentials it does not know: invented ones, or good ones in a Region that is not opted in to. */
export function unknownCredentials(service: string): AwsError {
  if (service === "ec2") return authFailure();
  const code = QUERY.has(service) ? "InvalidClientTokenId" : "UnrecognizedClientException";
  return new AwsError(code, "The security token included in the request is invalid.", 403);
}

/** What a service answers to a session that is over. */
export function expiredCredentials(service: string): AwsError {
  if (service === "ec2") return new AwsError("RequestExpired", "Request has expired.", 400);
  const code = QUERY.has(service) ? "ExpiredToken" : "ExpiredTokenException";
  return new AwsError(code, "The security token included in the request is expired", 403);
}

const NO_MATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/** What a service answers to a signature that its key's secret does not make. EC2 does not tell it from an unknown key. */
export function wrongSignature(service: string, message = NO_MATCH): AwsError {
  if (service === "ec2") return authFailure();
  if (QUERY.has(service)) return new AwsError("SignatureDoesNotMatch", message, 403);
  return new AwsError("InvalidSignatureException", message, JSON_RPC.has(service) ? 400 : 403);
}

/** What a service answers to a signature that was made too long ago, or is of a time that is still to come. */
export function untimelySignature(service: string, message: string): AwsError {
  if (service === "ec2") return new AwsError("RequestExpired", "Request has expired.", 400);
  return wrongSignature(service, message);
}

/** AWS tells what is missing or malformed before it tells who is asked. */
export function incompleteSignature(message: string): AwsError {
  return new AwsError("IncompleteSignature", message, 403);
}

function authFailure(): AwsError {
  return new AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401);
}
