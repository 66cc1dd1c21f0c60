import { Failure } from "../engine/failure.ts";
import type { Io } from "./io.ts";

/** What stands in the place of AWS when it is set. */
export const ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL";

/**
 * What AWS_ENDPOINT_URL puts in the place of AWS's own endpoints; undefined when it is not set.
 * @throws Failure `bad-endpoint`
 */
export function endpointOf(env: Io["env"]): string | undefined {
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
