import { compileExpression, newEnvironment } from "./expression-cel.ts";
import type { ScopePath } from "./expression-paths.ts";
import { holdsExpression, parseTemplate } from "./expression-template.ts";
import { isRecord } from "./json.ts";

let environment: ReturnType<typeof newEnvironment> | undefined;

/** Every chain of names that the expressions of a JSON tree read. Expressions that cannot be parsed read nothing. */
export function templatePaths(template: unknown): readonly ScopePath[] {
  if (typeof template === "string") return holdsExpression(template) ? stringPaths(template) : [];
  if (Array.isArray(template)) return template.flatMap((item) => templatePaths(item));
  return isRecord(template) ? Object.values(template).flatMap((value) => templatePaths(value)) : [];
}

/** Ids of the steps whose outputs the expressions of a JSON tree read, each once, in the order they appear. */
export function templateReferences(template: unknown): readonly string[] {
  const ids = templatePaths(template)
    .filter(({ root }) => root === "steps")
    .flatMap(({ segments }) => (segments[0] ? [segments[0].name] : []));
  return [...new Set(ids)];
}

function stringPaths(template: string): readonly ScopePath[] {
  environment ??= newEnvironment();
  try {
    const parts = parseTemplate(template).filter((part) => part.kind === "expression");
    return parts.flatMap((part) => compileExpression(environment!, { template, ...part }).paths);
  } catch {
    return [];
  }
}
