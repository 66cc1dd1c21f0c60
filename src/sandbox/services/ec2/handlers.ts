import type * as Client from "@aws-sdk/client-ec2";
import { AwsError, type Handlers, type RequestContext } from "../../service.ts";

/** Some of EC2's operations. */
export type Ec2Handlers = Handlers<typeof Client>;

/**
 * What all of EC2's operations have in common: a parameter that is an empty text counts as not given (Terraform sends those), and a dry run
 * of a call that would be allowed is answered with an error.
 */
export function asEc2Answers(handlers: Ec2Handlers): Ec2Handlers {
  const table = handlers as Record<string, (input: { DryRun?: boolean }, at: RequestContext) => unknown>;
  return Object.fromEntries(
    Object.entries(table).map(([name, handler]) => [
      name,
      (input: { DryRun?: boolean }, at: RequestContext) => {
        if (input.DryRun !== true) return handler(withoutEmpty(input), at);
        throw new AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
      },
    ]),
  ) as Ec2Handlers;
}

function withoutEmpty(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== ""));
}

/** EC2's answer to a parameter that is not there. */
export function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new AwsError("MissingParameter", `The request must contain the parameter ${name}`);
}
