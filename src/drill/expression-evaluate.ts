import type { Environment } from "@marcbachmann/cel-js";
import { compileExpression, fromCelError, inTemplate, newEnvironment, refuseGrowth } from "./expression-cel.ts";
import type { CompiledExpression, ExpressionSource } from "./expression-cel.ts";
import { ExpressionError } from "./expression-error.ts";
import type { TextRange } from "./expression-error.ts";
import { holdsExpression, parseBareExpression, parseTemplate } from "./expression-template.ts";
import type { TemplatePart } from "./expression-template.ts";
import { checkedString, fromCel, toCel, ValueRefused } from "./expression-values.ts";
import type { ExpressionScope } from "./expressions.ts";
import { isRecord } from "./json.ts";
import type { JsonValue } from "./json.ts";
import { SCOPE_NAMES } from "./scope-types.ts";

/**
 * A JSON tree with every `${{ }}` replaced by what it yields. A string that is exactly one expression takes the type of its
 * value; in a longer string only strings, numbers and booleans can stand. Results are data and never evaluated again.
 * @throws ExpressionError
 */
export function evaluateTemplate(template: unknown, scope: ExpressionScope): JsonValue {
  if (typeof template === "string") return evaluateString(template, scope);
  if (Array.isArray(template)) return template.map((item) => evaluateTemplate(item, scope));
  if (!isRecord(template)) return (template ?? null) as JsonValue;
  const entries = Object.entries(template).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, evaluateTemplate(value, scope)]));
}

/**
 * Whether a step's `if` holds. The `${{ }}` around the expression may be left out.
 * @throws ExpressionError also when the expression yields anything but true or false
 */
export function evaluateCondition(condition: string, scope: ExpressionScope): boolean {
  const part = conditionPart(condition);
  const value = evaluatePart({ template: condition, ...part }, scope);
  if (typeof value === "boolean") return value;
  throw new ExpressionError({
    code: "wrong-type",
    message: `the condition yields ${describeType(value)}, not true or false`,
    template: condition,
    range: { start: part.start, end: part.start + part.source.length },
  });
}

/** The one expression of a step's `if`. */
export function conditionPart(condition: string): { readonly source: string; readonly start: number } {
  if (!holdsExpression(condition)) return parseBareExpression(condition);
  const parts = parseTemplate(condition.trim());
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.kind === "expression") {
    return { source: only.source, start: only.start + condition.indexOf(condition.trim()) };
  }
  throw new ExpressionError({
    code: "expression-syntax",
    message: "a condition is one expression; text around ${{ }} would make it a string",
    template: condition,
    range: { start: 0, end: condition.length },
  });
}

function evaluateString(template: string, scope: ExpressionScope): JsonValue {
  if (!holdsExpression(template)) return template;
  const parts = parseTemplate(template);
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.kind === "expression") return evaluatePart({ template, ...only }, scope);
  const text = parts.map((part) => (part.kind === "text" ? part.text : interpolated(template, part, scope))).join("");
  return guarded({ template, source: template, start: 0 }, () => checkedString(text));
}

function interpolated(template: string, part: TemplatePart & { kind: "expression" }, scope: ExpressionScope): string {
  const value = evaluatePart({ template, ...part }, scope);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new ExpressionError({
    code: "wrong-type",
    message: `${describeType(value)} cannot stand inside a longer string`,
    hint: "only a string, a number or a boolean can; name one part of it, or let the expression stand alone",
    template,
    range: { start: part.start, end: part.start + part.source.length },
  });
}

export function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

let sharedEnvironment: Environment | undefined;

/** Every name is dynamic here: the static types were checked when the file was loaded, the outputs when the steps ended. */
function runtimeEnvironment(): Environment {
  if (sharedEnvironment) return sharedEnvironment;
  sharedEnvironment = newEnvironment();
  for (const name of SCOPE_NAMES) sharedEnvironment.registerVariable(name, "map");
  return sharedEnvironment;
}

function evaluatePart(at: ExpressionSource, scope: ExpressionScope): JsonValue {
  const compiled = compileExpression(runtimeEnvironment(), at);
  requireNamedSteps(compiled);
  try {
    return guarded(at, () => {
      const values = celScope(compiled, scope);
      refuseGrowth(compiled, values);
      return fromCel(compiled.program(values));
    });
  } catch (error) {
    throw (error instanceof ExpressionError && absentFrom(compiled, scope)) || error;
  }
}

/** `steps` alone, or with a computed index, could name any step: what a step reads must be known from the file. */
function requireNamedSteps({ at, paths }: CompiledExpression): void {
  const bare = paths.find(({ root, segments }) => root === "steps" && segments.length === 0);
  if (bare) throw missing(at, bare.range, "steps must be followed by the id of a step, as in steps.copy");
}

/** Says which step is missing, and why it may be, better than CEL does. */
function absentFrom({ at, paths }: CompiledExpression, scope: ExpressionScope): ExpressionError | undefined {
  for (const { root, range, segments } of paths) {
    if (root === "each" && !scope.each) return missing(at, range, "each exists only inside a forEach step");
    const step = segments[0];
    if (root === "steps" && step && !Object.hasOwn(scope.steps, step.name)) {
      return missing(at, step.range, `step ${step.name} has no outputs: it was skipped, or has not passed`);
    }
  }
  return undefined;
}

function missing(at: ExpressionSource, range: TextRange, message: string): ExpressionError {
  return new ExpressionError({ code: "no-such-key", message, template: at.template, range: inTemplate(at, range) });
}

/** Only what the expression names is converted: outputs of other steps may be large. */
function celScope({ paths }: CompiledExpression, scope: ExpressionScope): Record<string, unknown> {
  const named = paths.filter(({ root }) => root === "steps").map(({ segments }) => segments[0]?.name ?? "");
  const present = [...new Set(named)].filter((id) => Object.hasOwn(scope.steps, id));
  return {
    steps: new Map(present.map((id) => [id, toCel(scope.steps[id])])),
    run: toCel(scope.run),
    drill: toCel(scope.drill),
    regions: toCel(scope.regions),
    account: toCel(scope.account),
    ...(scope.each && {
      each: new Map<string, unknown>([
        ["value", toCel(scope.each.value)],
        ["index", BigInt(scope.each.index)],
      ]),
    }),
  };
}

function guarded<T>(at: ExpressionSource, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    if (error instanceof ValueRefused) {
      const { code, message } = error;
      throw new ExpressionError({
        code,
        message,
        template: at.template,
        range: inTemplate(at, undefined),
        cause: error,
      });
    }
    throw fromCelError(error, at, "wrong-type");
  }
}
