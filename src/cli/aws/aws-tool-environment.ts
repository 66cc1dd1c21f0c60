import type { AwsConnection } from "../../aws/connection.ts";
import type { ServiceScope } from "../../engine/step-kind.ts";
import { ENDPOINT_VARIABLE } from "./endpoint.ts";

/**
 * The environment for Terraform and other AWS tools that a step starts: the run's own credentials, resolved now, so that an
 * assumed role's session name is theirs too. The values that are secret are registered for redaction before they are handed out.
 */
export async function awsToolEnvironment(
  connection: AwsConnection,
  scope: ServiceScope,
): Promise<Readonly<Record<string, string>>> {
  const { accessKeyId, secretAccessKey, sessionToken } = await secretCredentials(connection, scope);
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
    AWS_REGION: scope.regions.primary,
    AWS_EC2_METADATA_DISABLED: "true",
    ...endpointVariables(connection),
  };
}

/** What decides where requests go, as the run's own clients have it: tools go where the guard has looked, and nowhere else. */
function endpointVariables({ endpoint, serviceEndpoints, variant }: AwsConnection): Readonly<Record<string, string>> {
  const ofServices = Object.entries(serviceEndpoints).map(([service, url]) => [
    `${ENDPOINT_VARIABLE}_${service.toUpperCase()}`,
    url,
  ]);
  return {
    ...(endpoint === undefined ? {} : { [ENDPOINT_VARIABLE]: endpoint }),
    ...(Object.fromEntries(ofServices) as Record<string, string>),
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
    AWS_USE_FIPS_ENDPOINT: String(endpoint === undefined && variant.fips),
    AWS_USE_DUALSTACK_ENDPOINT: String(endpoint === undefined && variant.dualstack),
  };
}

/** The run's credentials of this moment, registered for redaction. */
export async function secretCredentials(
  connection: AwsConnection,
  scope: ServiceScope,
): ReturnType<AwsConnection["credentials"]> {
  const credentials = await connection.credentials();
  scope.secret(credentials.secretAccessKey);
  if (credentials.sessionToken) scope.secret(credentials.sessionToken);
  return credentials;
}
