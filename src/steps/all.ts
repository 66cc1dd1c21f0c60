import { CLOUDWATCH_KINDS } from "./cloudwatch/all.ts";
import { COMMAND_KINDS } from "./command/all.ts";
import type { AnyStepKind } from "./define-step.ts";
import { EBS_KINDS } from "./ebs/all.ts";
import { EC2_KINDS } from "./ec2/all.ts";
import { HUMAN_KINDS } from "./human/all.ts";
import { TERRAFORM_KINDS } from "./terraform/all.ts";

/** Everything a drill can `use`, by name. */
export const STEP_KINDS: ReadonlyMap<string, AnyStepKind> = byName([
  ...CLOUDWATCH_KINDS,
  ...COMMAND_KINDS,
  ...EBS_KINDS,
  ...EC2_KINDS,
  ...HUMAN_KINDS,
  ...TERRAFORM_KINDS,
  // One line for each further system.
]);

function byName(kinds: readonly AnyStepKind[]): ReadonlyMap<string, AnyStepKind> {
  const map = new Map<string, AnyStepKind>();
  for (const kind of kinds) {
    if (map.has(kind.uses)) throw new Error(`two step kinds are called ${kind.uses}`);
    map.set(kind.uses, kind);
  }
  return map;
}
