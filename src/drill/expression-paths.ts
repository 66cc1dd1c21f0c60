import type { ASTNode } from "@marcbachmann/cel-js";
import type { TextRange } from "./expression-error.ts";

/** One `.name` or `["name"]` of a path; `range` is its place in the expression's source. */
export interface PathSegment {
  readonly name: string;
  readonly range: TextRange;
}

/** A chain of names an expression reads: `steps.copy.snapshotId` has the root `steps` and two segments. */
export interface ScopePath {
  readonly root: string;
  readonly range: TextRange;
  readonly segments: readonly PathSegment[];
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly range: TextRange;
}

export interface Inspection {
  /** Chains that start at a name of the scope; names bound by `map`, `filter`, … are left out. */
  readonly paths: readonly ScopePath[];
  readonly refusals: readonly Refusal[];
}

const LOOPS = new Set(["map", "filter", "all", "exists", "exists_one"]);

/** Loops inside loops multiply; two levels over the longest list are still done in seconds. */
const DEEPEST_LOOPS = 2;

interface Walk {
  readonly paths: ScopePath[];
  readonly refusals: Refusal[];
}

interface Place {
  readonly bound: readonly string[];
  readonly loops: number;
}

/** Reads which names an expression uses, and finds what must not stand in one. */
export function inspectExpression(ast: ASTNode): Inspection {
  const walk: Walk = { paths: [], refusals: [] };
  visit(ast, { bound: [], loops: 0 }, walk);
  return walk;
}

function visit(node: ASTNode, place: Place, walk: Walk): void {
  const chain = chainOf(node);
  if (chain) {
    if (!place.bound.includes(chain.root)) walk.paths.push(chain);
    return;
  }
  if (node.op === "call" || node.op === "rcall") visitCall(node, place, walk);
  else for (const child of childrenOf(node)) visit(child, place, walk);
}

function visitCall(node: ASTNode & { op: "call" | "rcall" }, place: Place, walk: Walk): void {
  const [name] = node.args;
  const receiver = node.op === "rcall" ? node.args[1] : undefined;
  const parameters = node.op === "rcall" ? node.args[2] : node.args[1];
  const refusal = refusedCall(name, node, receiver);
  if (refusal) {
    walk.refusals.push(refusal);
    return;
  }
  if (receiver) visit(receiver, place, walk);
  if (receiver && LOOPS.has(name) && parameters.length > 1) visitLoop(parameters, place, walk);
  else for (const parameter of parameters) visit(parameter, place, walk);
}

function refusedCall(name: string, node: ASTNode, receiver: ASTNode | undefined): Refusal | undefined {
  const range = { start: node.start, end: node.end };
  if (name === "matches") {
    const hint = "use startsWith, endsWith, contains or ==";
    return { code: "matches-refused", message: "matches() is not allowed: a regular expression can hang", hint, range };
  }
  if (name === "bind" && receiver?.op === "id" && receiver.args === "cel") {
    return { code: "bind-refused", message: "cel.bind() is not allowed: it can make data grow without bound", range };
  }
  return undefined;
}

function visitLoop(parameters: readonly ASTNode[], place: Place, walk: Walk): void {
  const [variable, ...bodies] = parameters;
  const inside: Place = {
    bound: variable?.op === "id" ? [...place.bound, variable.args] : place.bound,
    loops: place.loops + 1,
  };
  if (variable && inside.loops > DEEPEST_LOOPS) {
    const range = { start: variable.start, end: variable.end };
    walk.refusals.push({ code: "loops-too-deep", message: `more than ${DEEPEST_LOOPS} nested loops`, range });
  }
  for (const body of bodies) visit(body, inside, walk);
}

/** The whole chain when the node is an identifier with nothing but constant names and indexes behind it. */
function chainOf(node: ASTNode): ScopePath | undefined {
  const segments: PathSegment[] = [];
  let at = node;
  for (;;) {
    if (at.op === "id") return { root: at.args, range: { start: at.start, end: at.end }, segments: segments.reverse() };
    const step = segmentOf(at);
    if (!step) return undefined;
    segments.push(step.segment);
    at = step.left;
  }
}

function segmentOf(node: ASTNode): { segment: PathSegment; left: ASTNode } | undefined {
  if (node.op === ".") {
    const [left, name] = node.args;
    return { segment: { name, range: { start: node.pos, end: node.pos + name.length } }, left };
  }
  if (node.op !== "[]") return undefined;
  const [left, index] = node.args;
  if (index.op !== "value" || !["string", "bigint"].includes(typeof index.args)) return undefined;
  return { segment: { name: String(index.args), range: { start: index.start, end: index.end } }, left };
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
    case "call":
    case "rcall":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return node.args;
  }
}
