import { commandRun } from "./command/run.ts";
import type { AnyStepKind } from "./define-step.ts";
import { humanConfirm } from "./human/confirm.ts";
import { terraformApply } from "./terraform/apply.ts";

const KINDS: readonly AnyStepKind[] = [
  commandRun,
  humanConfirm,
  terraformApply,
  // One line for each further kind.
];

/** Everything a drill can `use`, by name. */
export const STEP_KINDS: ReadonlyMap<string, AnyStepKind> = byName(KINDS);

function byName(kinds: readonly AnyStepKind[]): ReadonlyMap<string, AnyStepKind> {
  const map = new Map<string, AnyStepKind>();
  for (const kind of kinds) {
    if (map.has(kind.uses)) throw new Error(`two step kinds are called ${kind.uses}`);
    map.set(kind.uses, kind);
  }
  return map;
}
