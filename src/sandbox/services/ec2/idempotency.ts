import { AwsError } from "../../service.ts";
import type { Ec2Region } from "./ec2.ts";

export interface TokenUse {
  readonly region: Ec2Region;
  /** What the token is scoped to: the operation, and for RunInstances the zone. */
  readonly scope: string;
  readonly token: string | undefined;
  readonly input: object;
}

/**
 * The ids that an earlier call with this ClientToken made, undefined for a new token. The same token with other parameters is
 * refused.
 */
export function replayOf({ region, scope, token, input }: TokenUse): readonly string[] | undefined {
  if (token === undefined) return undefined;
  if (token.length > 64) throw new AwsError("InvalidParameterValue", "The client token is longer than 64 characters.");
  const earlier = region.tokens.get(`${scope}/${token}`);
  if (!earlier) return undefined;
  if (earlier.request === JSON.stringify(input)) return earlier.ids;
  throw new AwsError(
    "IdempotentParameterMismatch",
    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
  );
}

export function rememberToken({ region, scope, token, input }: TokenUse, ids: readonly string[]): void {
  if (token !== undefined) region.tokens.set(`${scope}/${token}`, { request: JSON.stringify(input), ids });
}
