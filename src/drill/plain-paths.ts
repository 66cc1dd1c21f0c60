import { checkPath, partOf } from "./check-paths.ts";
import type { PathContext } from "./check-paths.ts";
import { ExpressionError } from "./expression-error.ts";
import type { ScopePath } from "./expression-paths.ts";
import { holdsExpression, parseTemplate } from "./expression-template.ts";
import { RESERVED_IDS } from "./frame-schema.ts";
import { fits } from "./input-type.ts";
import { schemasAt } from "./schema-walk.ts";
import { FIXED_SCOPE, stepTypesOf } from "./scope-types.ts";
import type { SourceNode, SourcePath } from "./source-node.ts";
import { STRING } from "./static-type.ts";
import type { StaticType } from "./static-type.ts";
import type { FoundStep } from "./step-entry.ts";

/**
 * Whether the steps' ids and expressions are surely right, as those of most drills are: nothing but names like
 * `steps.copy.snapshotId` that exist, come earlier, and fit. CEL, which takes longer to load than the rest of a check, is then
 * not needed. False wherever that is not sure, right or wrong.
 */
export function surelyRight(steps: readonly FoundStep[]): boolean {
  const byId = new Map(steps.map((step) => [step.id, step]));
  if (byId.size < steps.length || byId.has(undefined)) return false;
  const known = { steps: byId as ReadonlyMap<string, FoundStep>, stepTypes: stepTypesOf(steps) };
  return steps.every((step) => stepIsRight(step, { ...known, step, field: "with", dependsOn: () => false }));
}

function stepIsRight({ node, kind }: FoundStep, context: PathContext): boolean {
  if (!kind || node.entries?.has("if") || node.entries?.has("forEach")) return false;
  const typeFits = (type: string, path: SourcePath) => fits(type, schemasAt(kind.input, path));
  const right = (at: SourceNode, path: SourcePath): boolean => {
    if (typeof at.value === "string" && holdsExpression(at.value)) {
      const type = templateType(at.value, context);
      return type !== undefined && typeFits(type, path);
    }
    return childrenOf(at).every(([key, child]) => !holdsExpression(String(key)) && right(child, [...path, key]));
  };
  const input = node.entries?.get("with")?.node;
  return input === undefined || right(input, []);
}

function childrenOf({ items, entries }: SourceNode): readonly (readonly [string | number, SourceNode])[] {
  if (items) return items.map((item, index) => [index, item] as const);
  return entries ? [...entries].map(([key, { node }]) => [key, node] as const) : [];
}

/** The CEL type of a string of plain paths; undefined when it holds something else, or something wrong. */
function templateType(template: string, context: PathContext): string | undefined {
  try {
    const parts = parseTemplate(template);
    const types = parts.map((part) => (part.kind === "text" ? STRING : pathType(part.source, context)));
    const [first] = types;
    if (types.length === 1) return first && celTypeOf(first);
    return types.every((type) => type && INSIDE_A_STRING.has(type.kind)) ? "string" : undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

const PLAIN_PATH = /^[a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*){1,8}$/u;
const INSIDE_A_STRING: ReadonlySet<StaticType["kind"]> = new Set(["string", "double", "bool", "dyn"]);

/** What CEL calls it, as far as it matters where a value fits. */
function celTypeOf(type: StaticType): string {
  if (type.kind === "list") return `list<${celTypeOf(type.item)}>`;
  return type.kind === "object" ? "map" : type.kind;
}

function pathType(source: string, context: PathContext): StaticType | undefined {
  if (!PLAIN_PATH.test(source)) return undefined;
  const [root = "", ...names] = source.split(".");
  if ([root, ...names].some((name) => RESERVED_IDS.has(name))) return undefined;
  const range = { start: 0, end: source.length };
  const path: ScopePath = { root, range, segments: names.map((name) => ({ name, range })) };
  if (checkPath(path, context)) return undefined;
  const [first = "", ...parts] = root === "steps" ? names : [root, ...names];
  let type = (root === "steps" ? context.stepTypes : FIXED_SCOPE).get(first);
  for (const part of parts) type = type && partOf(type, part);
  return type;
}
