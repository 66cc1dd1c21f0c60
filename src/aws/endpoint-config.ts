import type { EndpointVariant } from "./connection.ts";
import type { ClientConfig } from "./clients.ts";

export type EndpointConfig = Pick<
  ClientConfig,
  "endpoint" | "ignoreConfiguredEndpointUrls" | "useFipsEndpoint" | "useDualstackEndpoint"
>;

/**
 * Everything that decides where an SDK client sends its requests, said outright: environment and configuration files have been read
 * once, for the SDK and for Terraform alike, and nothing in them is to have a say of its own afterwards.
 */
export function endpointConfig(endpoint: string | undefined, { fips, dualstack }: EndpointVariant): EndpointConfig {
  const own = endpoint === undefined;
  return {
    ...(own ? {} : { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: own && fips,
    useDualstackEndpoint: own && dualstack,
  };
}
