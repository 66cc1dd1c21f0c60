import { compileExpression, newEnvironment } from "./expression-cel.ts";
import { conditionPart } from "./expression-evaluate.ts";
import type { ScopePath } from "./expression-paths.ts";
import { holdsExpression, parseTemplate } from "./expression-template.ts";
import { isRecord } from "./json.ts";

let environment: ReturnType<typeof newEnvironment> | undefined;

/** Ids of the steps whose outputs the expressions of a JSON tree read, each once, in the order they appear. */
export function templateReferences(template: unknown): readonly string[] {
  return stepIds(templatePaths(template));
}

/** The names that the expressions of a JSON tree start with: `steps`, `regions`, … */
export function templateRoots(template: unknown): readonly string[] {
  return [...new Set(templatePaths(template).map(({ root }) => root))];
}

/** Ids of the steps that a step's `if` reads. */
export function conditionReferences(condition: string): readonly string[] {
  return stepIds(readable(() => [compile({ template: condition, ...conditionPart(condition) })]));
}

/** Expressions that cannot be parsed read nothing. */
function templatePaths(template: unknown): readonly ScopePath[] {
  if (typeof template === "string") return holdsExpression(template) ? stringPaths(template) : [];
  if (Array.isArray(template)) return template.flatMap((item) => templatePaths(item));
  return isRecord(template) ? Object.values(template).flatMap((value) => templatePaths(value)) : [];
}

function stringPaths(template: string): readonly ScopePath[] {
  return readable(() =>
    parseTemplate(template).flatMap((part) => (part.kind === "expression" ? [compile({ template, ...part })] : [])),
  );
}

function compile(at: { template: string; source: string; start: number }): readonly ScopePath[] {
  environment ??= newEnvironment();
  return compileExpression(environment, at).paths;
}

function readable(read: () => readonly (readonly ScopePath[])[]): readonly ScopePath[] {
  try {
    return read().flat();
  } catch {
    return [];
  }
}

function stepIds(paths: readonly ScopePath[]): readonly string[] {
  const ids = paths.filter(({ root }) => root === "steps").flatMap(({ segments }) => segments[0]?.name ?? []);
  return [...new Set(ids)];
}
