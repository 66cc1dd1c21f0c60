import { DYNAMIC, objectType, STRING } from "./static-type.ts";
import type { StaticType } from "./static-type.ts";
import { isForEach } from "./step-entry.ts";
import type { FoundStep } from "./step-entry.ts";
import type { StepKindSchema } from "./step-kind-schema.ts";

/** The names an expression may start with. */
export const SCOPE_NAMES = ["steps", "run", "drill", "regions", "account", "each"] as const;

function fixed(name: string, keys: readonly string[]): StaticType {
  return { kind: "object", name, fields: new Map(keys.map((key) => [key, STRING])) };
}

/** Names that every expression has, and their types. */
export const FIXED_SCOPE: ReadonlyMap<string, StaticType> = new Map([
  ["run", fixed("run", ["id", "startedAt"])],
  ["drill", fixed("drill", ["name"])],
  ["regions", fixed("regions", ["primary", "dr"])],
  ["account", fixed("account", ["id"])],
]);

/** What `steps.<id>` is, by id. */
export function stepTypesOf(steps: readonly FoundStep[]): ReadonlyMap<string, StaticType> {
  const ofKinds = new Map<StepKindSchema, StaticType>();
  const outputsOf = (kind: StepKindSchema) => {
    const outputs = ofKinds.get(kind) ?? objectType(`outputs of ${kind.uses}`, kind.output.shape);
    ofKinds.set(kind, outputs);
    return outputs;
  };
  return new Map(steps.flatMap((step) => (step.id === undefined ? [] : [[step.id, typeOf(step, outputsOf)]])));
}

function typeOf(step: FoundStep, outputsOf: (kind: StepKindSchema) => StaticType): StaticType {
  if (!step.kind) return DYNAMIC;
  const outputs = outputsOf(step.kind);
  if (!isForEach(step)) return outputs;
  return {
    kind: "object",
    name: `outputs of a forEach of ${step.kind.uses}`,
    fields: new Map([["all", { kind: "list", item: outputs }]]),
  };
}
