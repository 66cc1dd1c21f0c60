import type { Problem } from "./diagnostic.ts";
import type { TextRange } from "./expression-error.ts";
import type { ScopePath } from "./expression-paths.ts";
import { didYouMean, listed } from "./nearest.ts";
import { FIXED_SCOPE, SCOPE_NAMES } from "./scope-types.ts";
import type { StaticType } from "./static-type.ts";
import { isForEach } from "./step-entry.ts";
import type { FoundStep } from "./step-entry.ts";

/** A problem of a path; `range` is in the expression's source. */
export interface PathProblem {
  readonly range: TextRange;
  readonly problem: Problem;
}

/** What a path is checked against. */
export interface PathContext {
  readonly step: FoundStep;
  /** The field of the step that holds the expression. */
  readonly field: "with" | "if" | "forEach";
  readonly steps: ReadonlyMap<string, FoundStep>;
  readonly stepTypes: ReadonlyMap<string, StaticType>;
  /** Whether the outputs of the step `from` depend on those of the step `on`. */
  dependsOn(from: string, on: string): boolean;
}

/** Names that CEL itself defines. */
const CEL_NAMES = new Set(["string", "bool", "int", "uint", "double", "map", "list", "bytes", "null_type", "type"]);

/** The problem of a chain of names, more telling than CEL's own checks: order, nearest names, what to write instead. */
export function checkPath(path: ScopePath, context: PathContext): PathProblem | undefined {
  const { root, range, segments } = path;
  if (root === "steps") return checkStepPath(path, context);
  if (root === "each") return checkEach(path, context);
  const fixed = FIXED_SCOPE.get(root);
  if (fixed) return checkSegments(fixed, segments, root);
  if (CEL_NAMES.has(root) || root === "google") return undefined;
  const hint = didYouMean(root, SCOPE_NAMES, `an expression can name ${listed(SCOPE_NAMES)}; a string needs quotes`);
  return { range, problem: { code: "unknown-name", message: `there is no ${root}`, hint } };
}

function checkEach({ range }: ScopePath, { step, field }: PathContext): PathProblem | undefined {
  if (isForEach(step) && field === "with") return undefined;
  const message = field === "with" ? "each exists only in a step with forEach" : `each does not exist in ${field}`;
  return { range, problem: { code: "unknown-name", message } };
}

function checkStepPath({ range, segments }: ScopePath, context: PathContext): PathProblem | undefined {
  const [first, ...rest] = segments;
  if (!first) {
    const message = "steps must be followed by the id of a step";
    return { range, problem: { code: "unnamed-step", message, hint: "for example steps.copy.snapshotId" } };
  }
  const target = context.steps.get(first.name);
  const problem = target ? orderProblem(target, context) : unknownStep(first.name, context);
  if (problem) return { range: first.range, problem };
  const outputs = context.stepTypes.get(first.name);
  const found = outputs && checkSegments(outputs, rest, `steps.${first.name}`);
  if (!found || !target || !isForEach(target) || rest[0]?.name === "all") return found;
  const hint = `it runs once for each entry of a list: steps.${first.name}.all is the list of its outputs`;
  return { ...found, problem: { ...found.problem, hint } };
}

function unknownStep(name: string, { step, steps }: PathContext): Problem {
  const earlier = [...steps.values()].filter((other) => other.order < step.order).map(({ id }) => id ?? "");
  const whenNone = earlier.length === 0 ? "no step stands before this one" : `earlier steps: ${listed(earlier)}`;
  return { code: "unknown-step", message: `there is no step ${name}`, hint: didYouMean(name, earlier, whenNone) };
}

function orderProblem(target: FoundStep, { step, field, dependsOn }: PathContext): Problem | undefined {
  const [from, to] = [step.id ?? "", target.id ?? ""];
  if (target === step) return ownOutput(to, field);
  if (target.order < step.order) return undefined;
  if (from !== "" && dependsOn(to, from)) {
    const hint = "one of them has to do without the other's outputs";
    return {
      code: "reference-cycle",
      message: `a cycle: step ${from} reads step ${to}, which needs step ${from}`,
      hint,
    };
  }
  if (target.order === step.order) {
    const hint = "move one of them out of the parallel group";
    return { code: "sibling-step", message: `step ${to} runs at the same time as this step`, hint };
  }
  const hint = `move step ${to} before this one: steps run in file order`;
  return { code: "later-step", message: `step ${to} runs later than this step`, hint };
}

function ownOutput(id: string, field: PathContext["field"]): Problem {
  if (field === "forEach") {
    return { code: "reference-cycle", message: `a cycle: the forEach of step ${id} reads the step's own outputs` };
  }
  return { code: "own-output", message: `step ${id} reads its own outputs, which do not exist before it has run` };
}

function checkSegments(type: StaticType, segments: ScopePath["segments"], owner: string): PathProblem | undefined {
  let at = type;
  let name = owner;
  for (const segment of segments) {
    const next = partOf(at, segment.name);
    if (next === undefined) return { range: segment.range, problem: missingPart(at, segment.name, name) };
    at = next;
    name = /^\d+$/u.test(segment.name) ? `${name}[${segment.name}]` : `${name}.${segment.name}`;
  }
  return undefined;
}

/** What a name or an index of a value is; undefined where there is none. */
export function partOf(type: StaticType, name: string): StaticType | undefined {
  switch (type.kind) {
    case "object":
      return type.fields.get(name);
    case "map":
      return type.value;
    case "list":
      return /^\d+$/u.test(name) ? type.item : undefined;
    case "dyn":
      return type;
    default:
      return undefined;
  }
}

function missingPart(type: StaticType, part: string, owner: string): Problem {
  if (type.kind === "object") {
    const names = [...type.fields.keys()];
    const whenNone = names.length === 0 ? `${owner} has no outputs` : `it has ${listed(names)}`;
    return { code: "unknown-output", message: `${owner} has no ${part}`, hint: didYouMean(part, names, whenNone) };
  }
  if (type.kind === "list") {
    const hint = `name one entry, ${owner}[0], or use map, filter, exists, all`;
    return { code: "unknown-output", message: `${owner} is a list; it has no ${part}`, hint };
  }
  const what = type.kind === "double" || type.kind === "int" ? "number" : type.kind;
  return { code: "unknown-output", message: `${owner} is a ${what}; it has no ${part}` };
}
