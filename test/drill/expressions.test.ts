import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ExpressionError,
  evaluateCondition,
  evaluateTemplate,
  templateReferences,
} from "../../src/drill/expressions.ts";
import type { ExpressionScope } from "../../src/drill/expressions.ts";

const SCOPE: ExpressionScope = {
  steps: {
    copy: {
      snapshotId: "snap-1",
      sizeGiB: 3,
      half: 0.5,
      encrypted: true,
      none: null,
      zones: ["a", "b"],
      "odd key": "v",
    },
    fan: { all: [{ volumeId: "vol-1" }, { volumeId: "vol-2" }] },
    stack: { outputs: { constructor: "c", toString: "t", nested: { deep: [1, 2, 3] } } },
  },
  run: { id: "01J", startedAt: "2026-01-02T03:04:05.678Z" },
  drill: { name: "d" },
  regions: { primary: "us-east-1", dr: "us-west-2" },
  account: { id: "111122223333" },
  each: { value: "us-west-2b", index: 1 },
};

const evaluate = (template: unknown) => evaluateTemplate(template, SCOPE);

function failure(template: unknown, scope = SCOPE): ExpressionError {
  try {
    evaluateTemplate(template, scope);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a string that is exactly one expression keeps the type of its value", () => {
  it.each([
    ["${{ steps.copy.snapshotId }}", "snap-1"],
    ["${{steps.copy.sizeGiB}}", 3],
    ["${{ steps.copy.encrypted }}", true],
    ["${{ steps.copy.none }}", null],
    ["${{ steps.copy.zones }}", ["a", "b"]],
    ["${{ steps.copy['odd key'] }}", "v"],
    ["${{ steps.stack.outputs.nested }}", { deep: [1, 2, 3] }],
    ["${{ steps.stack.outputs.constructor + steps.stack.outputs.toString }}", "ct"],
    ["${{ steps.fan.all[each.index].volumeId }}", "vol-2"],
    ["${{ steps.fan.all.map(volume, volume.volumeId) }}", ["vol-1", "vol-2"]],
    ["${{ run.id + drill.name + account.id + each.value }}", "01Jd111122223333us-west-2b"],
    ["${{ {'a': [1, 2.5], 'b': {'c': '}}'}} }}", { a: [1, 2.5], b: { c: "}}" } }],
    ["${{ timestamp(run.startedAt) + duration('1h') }}", "2026-01-02T04:04:05.678Z"],
    ["${{ has(steps.copy.missing) || has(steps.gone) }}", false],
  ])("%s", (template, value) => {
    expect(evaluate(template)).toEqual(value);
  });
});

describe("numbers of JSON and int literals mix", () => {
  it.each([
    ["steps.copy.sizeGiB + 1", 4],
    ["10 - steps.copy.sizeGiB", 7],
    ["steps.copy.sizeGiB * 2", 6],
    ["steps.copy.sizeGiB / 2", 1.5],
    ["steps.copy.sizeGiB % 2", 1],
    ["steps.copy.sizeGiB == 3", true],
    ["steps.copy.half < 1", true],
    ["size(steps.copy.zones) + steps.copy.sizeGiB", 5],
    ["steps.copy.zones[int(steps.copy.half)]", "a"],
    ["9007199254740991", 9_007_199_254_740_991],
  ])("%s", (expression, value) => {
    expect(evaluate(`\${{ ${expression} }}`)).toEqual(value);
  });
});

describe("a longer string", () => {
  it("takes strings, numbers and booleans", () => {
    expect(evaluate("${{ regions.dr }}a/${{ steps.copy.sizeGiB }}/${{ steps.copy.encrypted }}!")).toBe(
      "us-west-2a/3/true!",
    );
  });

  it.each(["x${{ steps.copy.zones }}", "x${{ steps.stack.outputs }}", "x${{ steps.copy.none }}"])(
    "refuses %s",
    (template) => {
      expect(failure(template)).toMatchObject({ code: "wrong-type" });
    },
  );

  it("is data: what an expression yields is never evaluated again", () => {
    const scope = { ...SCOPE, steps: { evil: { text: "${{ account.id }}" } } };
    expect(evaluateTemplate("${{ steps.evil.text }}", scope)).toBe("${{ account.id }}");
    expect(evaluateTemplate("a ${{ steps.evil.text }}", scope)).toBe("a ${{ account.id }}");
  });

  it("can hold a literal ${{ by an expression", () => {
    expect(evaluate("${{ '${{' }} x }}")).toBe("${{ x }}");
  });
});

describe("a tree", () => {
  it("is evaluated at every depth; keys and other values stay", () => {
    const tree = { a: [{ b: "${{ steps.copy.sizeGiB }}" }, 1, null, true], "${{ k }}": "plain" };
    expect(evaluate(tree)).toEqual({ a: [{ b: 3 }, 1, null, true], "${{ k }}": "plain" });
  });
});

describe("errors say what is wrong and where", () => {
  it.each([
    ["${{ steps.gone.id }}", "no-such-key", "step gone has no outputs: it was skipped, or has not passed", "gone"],
    ["${{ steps.copy.gone }}", "no-such-key", "No such key: gone", "gone"],
    ["${{ steps.copy.toString }}", "no-such-key", "No such key: toString", "toString"],
    ["${{ steps.copy.__proto__ }}", "no-such-key", "No such key: __proto__", "__proto__"],
    [
      "${{ steps.copy.zones[9] }}",
      "no-such-key",
      "No such key: index out of bounds, index 9 >= size 2",
      "steps.copy.zones[9]",
    ],
    ["${{ nobody }}", "unknown-name", "Unknown variable: nobody", "nobody"],
    ["${{ process.env }}", "unknown-name", "Unknown variable: process", "process"],
    ["${{ steps }}", "no-such-key", "steps must be followed by the id of a step, as in steps.copy", "steps"],
    [
      "${{ steps[each.value] }}",
      "no-such-key",
      "steps must be followed by the id of a step, as in steps.copy",
      "steps",
    ],
    ["${{ 1 + }}", "expression-syntax", "Unexpected token: EOF", "+"],
    ["${{ }}", "expression-syntax", "the expression is empty", "${{ }}"],
    ["a ${{ b", "expression-syntax", "this ${{ has no closing }}", "${{"],
    [
      "${{ 'a'.matches('(a+)+$') }}",
      "matches-refused",
      "matches() is not allowed: a regular expression can hang",
      "'a'.matches('(a+)+$')",
    ],
    [
      "${{ matches('a', 'b') }}",
      "matches-refused",
      "matches() is not allowed: a regular expression can hang",
      "matches('a', 'b')",
    ],
    [
      "${{ cel.bind(x, 'a', x + x) }}",
      "bind-refused",
      "cel.bind() is not allowed: it can make data grow without bound",
      "cel.bind(x, 'a', x + x)",
    ],
    [
      "${{ 9007199254740993 }}",
      "number-too-large",
      "the number 9007199254740992 is too large to be exact",
      "9007199254740993",
    ],
    ["${{ 1.0 / 0.0 }}", "number-too-large", "the number Infinity is not JSON", "1.0 / 0.0"],
    [
      "${{ b'ab' }}",
      "wrong-type",
      "the expression yields something that is not JSON (bytes, a duration, a type)",
      "b'ab'",
    ],
  ])("%s", (template, code, message, pointed) => {
    const error = failure(template);
    expect(error.code).toBe(code);
    expect(error.message).toBe(message);
    expect(template.slice(error.range.start, error.range.end)).toBe(pointed);
    expect(error.caret[0]).toBe(template);
  });

  it("the key __proto__ of data is refused; constructor and its like are data", () => {
    const outputs = JSON.parse('{"bad": {"__proto__": 1}, "fine": {"constructor": {"prototype": 1}}}');
    const scope = { ...SCOPE, steps: { stack: outputs } };
    expect(failure("${{ steps.stack.bad }}", scope).code).toBe("unsafe-key");
    expect(evaluateTemplate("${{ steps.stack.fine }}", scope)).toEqual({ constructor: { prototype: 1 } });
  });

  it("each outside a forEach is told", () => {
    const { each: _, ...scope } = SCOPE;
    expect(failure("${{ each.value }}", scope).message).toBe("each exists only inside a forEach step");
  });
});

describe("limits", () => {
  const big = (value: ExpressionScope["steps"][string]) => ({ ...SCOPE, steps: { big: value } });

  it("strings of 64 Ki characters pass, longer ones do not", () => {
    const scope = big({ text: "x".repeat(65_536) });
    expect(evaluateTemplate("${{ steps.big.text }}", scope)).toHaveLength(65_536);
    expect(failure("${{ steps.big.text + 'x' }}", scope).code).toBe("value-too-large");
    expect(failure("x${{ steps.big.text }}", scope).code).toBe("value-too-large");
  });

  it("lists of 10,000 entries pass, longer ones do not", () => {
    const scope = big({ list: Array.from({ length: 10_000 }, (_, index) => index) });
    expect(evaluateTemplate("${{ steps.big.list }}", scope)).toHaveLength(10_000);
    expect(failure("${{ steps.big.list + [1] }}", scope).code).toBe("value-too-large");
    expect(failure("${{ steps.big.list.map(x, steps.big.list) }}", scope).code).toBe("value-too-large");
  });

  it("depth, length of an expression, nested loops", () => {
    let deep: ExpressionScope["steps"][string] = { a: 1 };
    for (let level = 0; level < 70; level++) deep = { a: deep };
    expect(failure("${{ steps.big }}", big(deep)).code).toBe("value-too-deep");
    expect(failure(`\${{ ${"1 + ".repeat(1_100)}1 }}`).code).toBe("expression-too-long");
    expect(failure(`\${{ ${"(".repeat(200)}1${")".repeat(200)} }}`)).toBeInstanceOf(ExpressionError);
    expect(failure("${{ [1].map(a, [1].map(b, [1].map(c, a))) }}").code).toBe("loops-too-deep");
  });
});

describe("evaluateCondition", () => {
  it.each([
    ["steps.copy.sizeGiB > 2", true],
    ["${{ steps.copy.sizeGiB > 5 }}", false],
    ["  ${{ has(steps.gone) }} ", false],
    ["false", false],
  ])("%s", (condition, holds) => {
    expect(evaluateCondition(condition, SCOPE)).toBe(holds);
  });

  it.each(["steps.copy.snapshotId", "'true'", "1", "x ${{ true }}", "", "${{ true }} ${{ true }}"])(
    "refuses %j",
    (condition) => {
      expect(() => evaluateCondition(condition, SCOPE)).toThrow(ExpressionError);
    },
  );
});

describe("templateReferences", () => {
  it("names each step once, in order, at every depth", () => {
    const tree = { a: "${{ steps.b.x + steps.a.y }}", c: ["${{ steps.a.z }}-${{ steps.c.q }}", "steps.not"] };
    expect(templateReferences(tree)).toEqual(["b", "a", "c"]);
  });

  it("leaves out names that a loop binds, and what cannot be parsed", () => {
    expect(templateReferences("${{ [1].map(steps, steps.x) }}")).toEqual([]);
    expect(templateReferences("${{ steps. }}")).toEqual([]);
  });
});

describe("anything can be thrown at it", () => {
  const names = fc.constantFrom(
    "steps",
    "steps.copy",
    ".zones",
    "[0]",
    "each",
    "'",
    '"',
    "}}",
    "${{",
    "(",
    ")",
    " + ",
    "map(x, x)",
    "\\",
    "{",
    "}",
    "1",
    "r'",
    "//",
    "\n",
  );

  it("evaluates to JSON or fails with an ExpressionError whose range lies in the template", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(names, fc.string({ maxLength: 4 })), { maxLength: 12 }), (parts) => {
        const template = `\${{ ${parts.join("")} }}`;
        try {
          const value = evaluateTemplate(template, SCOPE);
          expect(JSON.parse(JSON.stringify(value))).toEqual(value);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
          const { range, caret } = error as ExpressionError;
          expect(range.start).toBeGreaterThanOrEqual(0);
          expect(range.end).toBeLessThanOrEqual(template.length);
          expect(range.end).toBeGreaterThan(range.start);
          expect(caret.length).toBeGreaterThan(1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
