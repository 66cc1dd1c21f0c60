import { Environment } from "@marcbachmann/cel-js";
import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import { ExpressionError } from "./expression-error.ts";
import type { TextRange } from "./expression-error.ts";
import { refusedGrowth } from "./expression-growth.ts";
import type { KnownValues } from "./expression-growth.ts";
import { inspectExpression } from "./expression-paths.ts";
import type { Refusal, ScopePath } from "./expression-paths.ts";
import { SCOPE_NAMES } from "./scope-types.ts";

/** An expression and where it stands in the string that holds it. */
export interface ExpressionSource {
  readonly template: string;
  readonly source: string;
  /** UTF-16 offset of `source` in `template`. */
  readonly start: number;
}

export interface CompiledExpression {
  readonly at: ExpressionSource;
  readonly paths: readonly ScopePath[];
  readonly program: ParseResult & { readonly ast: ASTNode };
}

/**
 * An empty CEL environment with gameday's limits. JSON numbers are CEL doubles; here they mix with int literals, so an author
 * can write `steps.x.count + 1`.
 */
export function newEnvironment(): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 1_000, maxDepth: 32, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 8 },
  });
  for (const [operator, apply] of Object.entries(MIXED_ARITHMETIC)) {
    environment.registerOperator(`double ${operator} int`, (a: number, b: bigint) => apply(a, Number(b)));
    environment.registerOperator(`int ${operator} double`, (a: bigint, b: number) => apply(Number(a), b));
  }
  environment.registerOperator("double % double", MIXED_ARITHMETIC["%"]);
  return environment;
}

const MIXED_ARITHMETIC = {
  "+": (a: number, b: number) => a + b,
  "-": (a: number, b: number) => a - b,
  "*": (a: number, b: number) => a * b,
  "/": (a: number, b: number) => a / b,
  "%": (a: number, b: number) => a % b,
};

/**
 * Parses an expression and refuses what gameday does not allow in one.
 * @throws ExpressionError
 */
export function compileExpression(environment: Environment, at: ExpressionSource): CompiledExpression {
  const program = parse(environment, at);
  const { paths, refusals } = inspectExpression(program.ast);
  const refusal = refusals[0];
  if (refusal) throw refused(at, refusal);
  const compiled = { at, paths, program };
  refuseGrowth(compiled, {});
  return compiled;
}

/** @throws ExpressionError when the expression could grow too large, or take too long, with what its names stand for */
export function refuseGrowth({ at, program }: CompiledExpression, values: KnownValues): void {
  const refusal = refusedGrowth(program.ast, values);
  if (refusal) throw refused(at, refusal);
}

function refused(at: ExpressionSource, { code, message, hint, range }: Refusal): ExpressionError {
  const more = hint !== undefined && { hint };
  return new ExpressionError({ code, message, ...more, template: at.template, range: inTemplate(at, range) });
}

function parse(environment: Environment, at: ExpressionSource): ParseResult & { readonly ast: ASTNode } {
  try {
    return environment.parse(at.source);
  } catch (error) {
    throw fromCelError(error, at, "expression-syntax");
  }
}

/** The range of an error in `source`, as a range in the string that holds it. Never empty. */
export function inTemplate(at: ExpressionSource, range: TextRange | undefined): TextRange {
  const whole = { start: at.start, end: at.start + at.source.length };
  if (!range) return whole;
  const start = Math.min(at.start + range.start, whole.end - 1);
  return { start, end: Math.max(start + 1, Math.min(at.start + range.end, whole.end)) };
}

const CODES: Readonly<Record<string, string>> = {
  no_such_key: "no-such-key",
  index_out_of_bounds: "no-such-key",
  unknown_variable: "unknown-name",
  numeric_overflow: "number-too-large",
};

const HINTS: Readonly<Record<string, string>> = {
  invalid_index_type: "a number from JSON is a double: write int(…) around the index",
  incompatible_ternary_branches: "write dyn(…) around one branch when they really differ",
  no_such_overload:
    "both sides must fit the operator: string(…), int(…), double(…) convert; has(…) asks whether it is there",
  unknown_variable: `an expression can name ${SCOPE_NAMES.join(", ")}`,
};

/** What the CEL library throws (its own errors, and range errors of the JavaScript engine) as one typed error. */
export function fromCelError(error: unknown, at: ExpressionSource, fallbackCode: string): ExpressionError {
  const { code, summary, range } = celErrorParts(error);
  const hint = HINTS[code];
  return new ExpressionError({
    code: CODES[code] ?? fallbackCode,
    message: summary,
    ...(hint !== undefined && { hint }),
    template: at.template,
    range: inTemplate(at, range),
    cause: error,
  });
}

function celErrorParts(error: unknown): { code: string; summary: string; range: TextRange | undefined } {
  if (!(error instanceof Error)) return { code: "", summary: String(error), range: undefined };
  const { code, summary, range } = error as Error & { code?: unknown; summary?: unknown; range?: TextRange };
  return {
    code: typeof code === "string" ? code : "",
    summary: typeof summary === "string" ? summary : (error.message.split("\n")[0] ?? ""),
    range,
  };
}
