import type { Environment } from "@marcbachmann/cel-js";
import { newEnvironment } from "./expression-cel.ts";
import { DYNAMIC, objectType, registerStaticType, STRING } from "./static-type.ts";
import type { StaticType } from "./static-type.ts";
import { isForEach } from "./step-entry.ts";
import type { FoundStep } from "./step-entry.ts";

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

/** The static types of a drill's scope, and the CEL environments to check expressions in. */
export class StaticScope {
  readonly stepTypes: ReadonlyMap<string, StaticType>;
  readonly #base: Environment;
  readonly #known = new Set<string>();
  readonly #withEach = new Map<string, Environment>();

  constructor(steps: readonly FoundStep[]) {
    this.stepTypes = new Map(steps.flatMap((step) => (step.id === undefined ? [] : [[step.id, outputsOf(step)]])));
    this.#base = newEnvironment();
    const all: StaticType = { kind: "object", name: "the steps", fields: this.stepTypes };
    for (const [name, type] of [["steps", all] as const, ...FIXED_SCOPE]) {
      this.#base.registerVariable(name, registerStaticType(this.#base, type, this.#known));
    }
  }

  /** Where expressions outside a `forEach` are checked. */
  get environment(): Environment {
    return this.#base;
  }

  /** Where the expressions of a `forEach` step are checked. `celType` is that of the list's entries. */
  environmentWithEach(celType: string): Environment {
    const made = this.#withEach.get(celType);
    if (made) return made;
    const environment = this.#base.clone();
    environment.registerType("each", { fields: { value: celType, index: "int" } });
    environment.registerVariable("each", "each");
    this.#withEach.set(celType, environment);
    return environment;
  }
}

function outputsOf(step: FoundStep): StaticType {
  if (!step.kind) return DYNAMIC;
  const { uses, output } = step.kind;
  const outputs = objectType(`outputs of ${uses}`, output.shape);
  if (!isForEach(step)) return outputs;
  return {
    kind: "object",
    name: `outputs of a forEach of ${uses}`,
    fields: new Map([["all", { kind: "list", item: outputs }]]),
  };
}
