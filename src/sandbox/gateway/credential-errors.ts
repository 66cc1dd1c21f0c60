import { AwsError } from "../service.ts";

/** Services that answer errors in the old query protocols, and so with the old codes. */
const QUERY = new Set(["sts", "iam", "cloudformation", "rds"]);

/** What a service answers to credentials it does not know: invented ones, or good ones in a Region that is not opted in to. */
export function unknownCredentials(service: string): AwsError {
  if (service === "ec2") {
    return new AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401);
  }
  const code = QUERY.has(service) ? "InvalidClientTokenId" : "UnrecognizedClientException";
  return new AwsError(code, "The security token included in the request is invalid.", 403);
}

/** What a service answers to a session that is over. */
export function expiredCredentials(service: string): AwsError {
  if (service === "ec2") return new AwsError("RequestExpired", "Request has expired.", 400);
  const code = QUERY.has(service) ? "ExpiredToken" : "ExpiredTokenException";
  return new AwsError(code, "The security token included in the request is expired", 403);
}
