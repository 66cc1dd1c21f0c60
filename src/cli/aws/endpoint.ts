import { Failure } from "../../engine/failure.ts";
import type { Io } from "../io.ts";

/** What stands in the place of AWS when it is set. */
export const ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL";

/**
 * What AWS_ENDPOINT_URL puts in the place of AWS's own endpoints; undefined when it is not set.
 * @throws Failure `bad-endpoint`
 */
export function endpointOf({ env }: Pick<Io, "env">): string | undefined {
  const endpoint = env[ENDPOINT_VARIABLE];
  if (!endpoint) return undefined;
  if (/^https?:\/\/[^/]/i.test(endpoint) && URL.canParse(endpoint)) return endpoint;
  throw new Failure({
    code: "bad-endpoint",
    message: `${ENDPOINT_VARIABLE} is ${JSON.stringify(endpoint)}: not an address that begins with http:// or https://`,
    fixer: "operator",
    next: `set it to what gameday sandbox prints, or unset ${ENDPOINT_VARIABLE} to reach AWS`,
  });
}

/** AWS's own: Regional, FIPS and dual-stack endpoints, those of VPCs, and China's. */
const AWS_HOSTS = /(^|\.)(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/;

/** What answers at an endpoint is AWS itself only where the host is AWS's, a VPC endpoint for one. */
export function isSimulated(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return false;
  return !URL.canParse(endpoint) || !AWS_HOSTS.test(new URL(endpoint).hostname);
}

/** An endpoint as it may be journaled: without a user's name and password. */
export function withoutCredentials(endpoint: string): string {
  if (!URL.canParse(endpoint)) return "(not a URL)";
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
