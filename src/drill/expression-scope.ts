import type { Environment } from "@marcbachmann/cel-js";
import { newEnvironment } from "./expression-cel.ts";
import { FIXED_SCOPE, stepTypesOf } from "./scope-types.ts";
import { registerStaticType } from "./static-type.ts";
import type { StaticType } from "./static-type.ts";
import type { FoundStep } from "./step-entry.ts";

/** The static types of a drill's scope, and the CEL environments to check expressions in. */
export class StaticScope {
  readonly stepTypes: ReadonlyMap<string, StaticType>;
  readonly #base: Environment;
  readonly #known = new Set<string>();
  readonly #withEach = new Map<string, Environment>();

  constructor(steps: readonly FoundStep[]) {
    this.stepTypes = stepTypesOf(steps);
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
