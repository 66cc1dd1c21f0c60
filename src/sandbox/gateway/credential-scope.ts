import { AwsError } from "../service.ts";
import type { WireRequest } from "../protocols/wire-request.ts";

/** What a SigV4 signature says about who calls what where. The signature itself is not checked. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signingName: string;
}

const SCOPE = /^([\w-]{1,128})\/\d{8}\/([a-z0-9-]{1,64})\/([\w-]{1,64})\/aws4_request$/;

/** From the Authorization header, or from the query string of a presigned URL. */
export function credentialScope(request: WireRequest): CredentialScope {
  const authorization = request.header("authorization");
  const text = authorization
    ? /^AWS4-HMAC-SHA256 +(?:.*[ ,])?Credential=([^, ]+)/.exec(authorization)?.[1]
    : request.query.get("X-Amz-Credential");
  if (!text) {
    throw new AwsError("MissingAuthenticationToken", "Request is missing an AWS Signature Version 4 credential.", 403);
  }
  const [, accessKeyId, region, signingName] = SCOPE.exec(text) ?? [];
  if (!accessKeyId || !region || !signingName) {
    throw new AwsError(
      "IncompleteSignature",
      "The credential scope is not of the form key/date/region/service/aws4_request.",
      403,
    );
  }
  return { accessKeyId, region, signingName };
}
