import type { JsonRecord, JsonValue } from "./json.ts";

/** What an expression can name at run time. */
export interface ExpressionScope {
  /** Outputs of the steps that have passed, by step id. A `forEach` step's are `{ all: [outputs, …] }`; a skipped step's are absent. */
  readonly steps: Readonly<Record<string, JsonRecord>>;
  readonly run: { readonly id: string; readonly startedAt: string };
  readonly drill: { readonly name: string };
  readonly regions: { readonly primary: string; readonly dr: string };
  readonly account: { readonly id: string };
  /** Set inside a `forEach` step only. */
  readonly each?: { readonly value: JsonValue; readonly index: number };
}

export { ExpressionError } from "./expression-error.ts";
export { evaluateCondition, evaluateTemplate } from "./expression-evaluate.ts";
export { conditionReferences, templateReferences, templateRoots } from "./expression-references.ts";
