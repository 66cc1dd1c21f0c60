import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpressionError } from "../../src/drill/expression-error.ts";
import { evaluateTemplate } from "../../src/drill/expressions.ts";
import type { ExpressionScope } from "../../src/drill/expressions.ts";

const scopeOf = (steps: ExpressionScope["steps"]): ExpressionScope => ({
  steps,
  run: { id: "r", startedAt: "2026-11-20T09:00:00.000Z" },
  drill: { name: "d" },
  regions: { primary: "us-east-1", dr: "us-west-2" },
  account: { id: "111122223333" },
});

/** The code of the error, or the value. */
function outcome(expression: string, steps: ExpressionScope["steps"] = {}): unknown {
  try {
    return evaluateTemplate(`\${{ ${expression} }}`, scopeOf(steps));
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionError);
    return (error as ExpressionError).code;
  }
}

const tenfold = (name: string) => Array.from({ length: 10 }).fill(name).join(" + ");
const chained = (start: string, times: number) => start + `.map(a, ${tenfold("a")})`.repeat(times);

const EXPLOSIONS = [
  ["lists in a list, tenfold eight times", chained("[[1, 1, 1, 1]]", 8)],
  ["a text in a list, tenfold eight times", chained('["abcd"]', 8)],
  [
    "joined again and again",
    `${chained('["abcd"]', 4)}[0].split("").map(a, ${JSON.stringify("x".repeat(200))}).join("").split("").map(a, "0123456789").join("")`,
  ],
  [
    "text split, and its parts gone through for each of them",
    `${chained('["abcd"]', 4)}[0].split("").map(a, ${chained('["abcd"]', 4)}[0].split("").size())`,
  ],
] as const;

describe("an expression that grows without bound", () => {
  it.each(EXPLOSIONS)("is refused before anything of it is evaluated: %s", (_what, expression) => {
    expect(outcome(expression)).toBe("value-too-large");
  });

  it("is refused with what steps have put out, too", () => {
    const all = Array.from({ length: 10_000 }, (_, index) => ({ id: `vol-${index}`, note: "x".repeat(100) }));
    expect(outcome("steps.fan.all.map(a, steps.fan.all.filter(b, b.id == a.id))", { fan: { all } })).toBe(
      "value-too-large",
    );
    expect(outcome("steps.fan.all.map(a, steps.fan.all.exists(b, b.id == a.id))", { fan: { all } })).toBe(
      "value-too-large",
    );
  });
});

describe("what drills do with lists", () => {
  const all = Array.from({ length: 1_000 }, (_, index) => ({ id: `vol-${index}`, zone: index % 2 ? "a" : "b" }));
  const many = Array.from({ length: 10_000 }, (_, index) => `id-${index}`);
  const steps = { fan: { all }, other: { many }, one: { id: "vol-7" } };

  it.each([
    ["steps.fan.all.map(a, a.id).size()", 1_000],
    ['steps.fan.all.filter(a, a.zone == "a").map(a, a.id + "-x").size()', 500],
    ["steps.fan.all.filter(a, steps.fan.all.exists(b, b.id == a.id)).size()", 1_000],
    ['steps.other.many.filter(a, a.endsWith("7")).size()', 1_000],
    ['dyn(steps.fan.all).map(a, a.id).join(",").split(",").size()', 1_000],
    ["steps.fan.all.exists_one(a, a.id == steps.one.id)", true],
  ])("%s", (expression, value) => {
    expect(outcome(expression, steps)).toEqual(value);
  });
});

it("no chain of growing functions yields more than is allowed", () => {
  const growing = fc.constantFrom(
    `.map(a, ${tenfold("a")})`,
    ".map(a, [a, a, a, a])",
    ".map(a, [[a], [a]].map(b, b))",
    ".filter(a, true)",
    '.map(a, {"k": a, "l": [a, a]})',
  );
  fc.assert(
    fc.property(fc.array(growing, { maxLength: 12 }), (steps) => {
      const flat = outcome(`[[1, 1, 1, 1]]${steps.join("")}.map(a, 1).size()`);
      if (flat !== "value-too-large" && flat !== "wrong-type") expect(flat).toBe(1);
    }),
    { numRuns: 200 },
  );
});
