import type { Environment } from "@marcbachmann/cel-js";
import type * as z from "zod";
import { checkPath } from "./check-paths.ts";
import type { PathContext } from "./check-paths.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import { compileExpression, fromCelError, inTemplate } from "./expression-cel.ts";
import type { ExpressionSource } from "./expression-cel.ts";
import { ExpressionError } from "./expression-error.ts";
import type { ScopePath } from "./expression-paths.ts";
import { conditionPart } from "./expression-evaluate.ts";
import type { StaticScope } from "./expression-scope.ts";
import { holdsExpression, parseTemplate } from "./expression-template.ts";
import { describeCelType, describeSchemas, familyOf, fits } from "./input-type.ts";
import { schemasAt } from "./schema-walk.ts";
import { rangeInside } from "./source-node.ts";
import type { SourceNode, SourcePath } from "./source-node.ts";
import { typeOfValues } from "./static-type.ts";
import { isForEach } from "./step-entry.ts";
import type { FoundStep } from "./step-entry.ts";

export interface ExpressionCheck {
  readonly scope: StaticScope;
  readonly steps: ReadonlyMap<string, FoundStep>;
  readonly diagnostics: DiagnosticList;
  dependsOn(from: string, on: string): boolean;
}

/** One expression-bearing field of a step. */
interface Field {
  readonly step: FoundStep;
  readonly field: PathContext["field"];
  readonly environment: Environment;
}

/** Checks every expression of a step: syntax, names, order, types; against what its input takes. */
export function checkStepExpressions(step: FoundStep, check: ExpressionCheck): void {
  const entryType = checkForEach(step, check);
  const { environment } = check.scope;
  const condition = step.node.entries?.get("if")?.node;
  if (condition) checkCondition(condition, { step, field: "if", environment }, check);
  const input = step.node.entries?.get("with")?.node;
  const inside = entryType === undefined ? environment : check.scope.environmentWithEach(entryType);
  if (input) checkTree(input, { step, field: "with", environment: inside }, check);
}

/** The CEL type of what `each.value` is; undefined without a forEach. */
function checkForEach(step: FoundStep, check: ExpressionCheck): string | undefined {
  const node = step.node.entries?.get("forEach")?.node;
  if (!node) return undefined;
  const field: Field = { step, field: "forEach", environment: check.scope.environment };
  if (node.items) {
    checkTree(node, field, check);
    const values = node.items.map(({ value }) => value);
    const known = !values.some((value) => typeof value === "string" && holdsExpression(value));
    return known ? typeOfValues(values).kind : "dyn";
  }
  if (typeof node.value !== "string") return "dyn";
  return listItemType(node, field, check);
}

function listItemType(node: SourceNode, field: Field, check: ExpressionCheck): string {
  const text = String(node.value);
  const type = holdsExpression(text) ? checkString(node, text, { field, check }) : "string";
  if (type === undefined || familyOf(type) === "anything") return "dyn";
  if (familyOf(type) !== "list") {
    const message = `forEach takes a list; this is ${describeCelType(type)}`;
    const hint = meantList(text, field, check) ?? "write a list, or one ${{ }} expression that yields one";
    check.diagnostics.error(node.range, { code: "wrong-type", message, hint });
    return "dyn";
  }
  return /^list<(.+)>$/u.exec(type)?.[1] ?? "dyn";
}

function checkCondition(node: SourceNode, field: Field, check: ExpressionCheck): void {
  if (typeof node.value !== "string") return;
  const template = node.value;
  const type = guarded(node, check, () => checkOne({ template, ...conditionPart(template) }, node, { field, check }));
  if (type === undefined || ["boolean", "anything"].includes(familyOf(type))) return;
  const message = `if takes true or false; the expression yields ${describeCelType(type)}`;
  check.diagnostics.error(node.range, { code: "wrong-type", message });
}

function checkTree(root: SourceNode, field: Field, check: ExpressionCheck): void {
  const visit = (node: SourceNode, path: SourcePath): void => {
    if (typeof node.value === "string" && holdsExpression(node.value)) {
      const type = checkString(node, node.value, { field, check });
      if (type !== undefined) checkFits({ node, path, type }, field, check);
    }
    node.items?.forEach((item, index) => visit(item, [...path, index]));
    for (const [key, entry] of node.entries ?? []) {
      if (holdsExpression(key)) {
        check.diagnostics.error(entry.key, { code: "expression-as-key", message: "a key cannot hold an expression" });
      }
      visit(entry.node, [...path, key]);
    }
  };
  visit(root, []);
}

interface Typed {
  readonly node: SourceNode;
  readonly path: SourcePath;
  readonly type: string;
}

function checkFits({ node, path, type }: Typed, { step, field }: Field, { diagnostics }: ExpressionCheck): void {
  const schemas: readonly z.core.$ZodType[] = field === "with" && step.kind ? schemasAt(step.kind.input, path) : [];
  if (fits(type, schemas)) return;
  const takes = schemas.length > 0 ? `takes ${describeSchemas(schemas)}` : "takes JSON";
  const message = `${String(path.at(-1) ?? field)} ${takes}; the expression yields ${describeCelType(type)}`;
  diagnostics.error(node.range, { code: "wrong-type", message, ...hintFor(type, schemas) });
}

function hintFor(type: string, schemas: readonly z.core.$ZodType[]): { hint?: string } {
  if (fits("string", schemas) && ["number", "boolean"].includes(familyOf(type))) {
    return { hint: "write string(…) around it" };
  }
  return familyOf(type) === "list" ? { hint: "name one entry of the list: …[0]" } : {};
}

interface Where {
  readonly field: Field;
  readonly check: ExpressionCheck;
}

/** The CEL type of a string that holds expressions; undefined when something is wrong with it, which is then told. */
function checkString(node: SourceNode, template: string, where: Where): string | undefined {
  const { check } = where;
  return guarded(node, check, () => {
    const parts = parseTemplate(template);
    const types = parts.map((part) => (part.kind === "text" ? "text" : checkOne({ template, ...part }, node, where)));
    if (types.includes(undefined)) return undefined;
    if (parts.length === 1) return types[0];
    parts.forEach((part, index) => {
      const type = types[index];
      if (part.kind === "expression" && type !== undefined)
        checkInterpolated({ ...part, template }, node, { type, check });
    });
    return "string";
  });
}

function checkInterpolated(
  at: ExpressionSource,
  node: SourceNode,
  { type, check }: { type: string; check: ExpressionCheck },
): void {
  if (["string", "number", "boolean", "anything"].includes(familyOf(type))) return;
  const range = rangeInside(node, inTemplate(at, undefined));
  const message = `${describeCelType(type)} cannot stand inside a longer string`;
  const hint = "only a string, a number or a boolean can; name one part of it, or let the expression stand alone";
  check.diagnostics.error(range, { code: "wrong-type", message, hint });
}

function checkOne(at: ExpressionSource, node: SourceNode, { field, check }: Where): string | undefined {
  const compiled = compileExpression(field.environment, at);
  const context: PathContext = {
    step: field.step,
    field: field.field,
    steps: check.steps,
    stepTypes: check.scope.stepTypes,
    dependsOn: (from, on) => check.dependsOn(from, on),
  };
  const problems = compiled.paths.flatMap((path) => checkPath(path, context) ?? []);
  for (const { range, problem } of problems) check.diagnostics.error(rangeInside(node, inTemplate(at, range)), problem);
  if (problems.length > 0) return undefined;
  const { valid, type, error } = compiled.program.check();
  if (!valid) throw withHint(fromCelError(error, at, "expression-type"), allOf(compiled.paths, check));
  return type ?? "dyn";
}

/** A forEach step itself is no list; the list of its outputs is what is meant. */
function allOf(paths: readonly ScopePath[], { steps }: ExpressionCheck): string | undefined {
  const bare = paths.find(({ root, segments }) => {
    const target = root === "steps" && segments.length === 1 ? steps.get(segments[0]?.name ?? "") : undefined;
    return target !== undefined && isForEach(target);
  });
  return bare && `did you mean steps.${bare.segments[0]?.name}.all?`;
}

function meantList(template: string, { environment }: Field, check: ExpressionCheck): string | undefined {
  if (!holdsExpression(template)) return undefined;
  const parts = parseTemplate(template).filter((part) => part.kind === "expression");
  return allOf(
    parts.flatMap((part) => compileExpression(environment, { template, ...part }).paths),
    check,
  );
}

function withHint(error: ExpressionError, hint: string | undefined): ExpressionError {
  const { code, message, template, range } = error;
  return hint === undefined ? error : new ExpressionError({ code, message, hint, template, range, cause: error });
}

/** Tells what is wrong with an expression at its place in the file. */
function guarded(
  node: SourceNode,
  { diagnostics }: ExpressionCheck,
  work: () => string | undefined,
): string | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { code, message, hint, range } = error;
    diagnostics.error(rangeInside(node, range), { code, message, ...(hint !== undefined && { hint }) });
    return undefined;
  }
}
