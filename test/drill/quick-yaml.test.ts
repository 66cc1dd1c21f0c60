import * as fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { starterDrill } from "../../src/cli/drills/starter-drill.ts";
import { DiagnosticList } from "../../src/drill/diagnostic.ts";
import { parseSource } from "../../src/drill/parse-source.ts";
import { readQuickly } from "../../src/drill/quick-yaml.ts";
import type { SourceNode } from "../../src/drill/source-node.ts";
import { VALID_DRILL } from "./fixture-kinds.ts";

/** `GAMEDAY_FUZZ=1000000` makes the long run. */
const CASES = Number(process.env["GAMEDAY_FUZZ"] ?? 600);
const SEED = Number(process.env["GAMEDAY_FUZZ_SEED"] ?? 20_261_122);
const OPTIONS = { numRuns: CASES, seed: SEED };
const LONG = 3_600_000;

const DRILLS = [
  ...readdirSync("drills").map((name) => readFileSync(`drills/${name}/drill.yaml`, "utf8")),
  starterDrill({ name: "starter", schema: undefined }),
  VALID_DRILL,
];

/** Everything that others read of a node; of a collection's range only where it begins. */
function facts({ value, range, entries, items, verbatimAt }: SourceNode): unknown {
  if (entries) return { start: range.start, entries: [...entries].map(([k, { key, node }]) => [k, key, facts(node)]) };
  if (items) return { start: range.start, items: items.map(facts) };
  return { value, range, verbatimAt };
}

/** What is read quickly is what the library reads, without a complaint. Whether it was read quickly. */
function agrees(text: string): boolean {
  const quick = readQuickly(text);
  if (!quick) return false;
  const diagnostics = new DiagnosticList("drill.yaml", text);
  const slow = parseSource(text, diagnostics);
  expect(diagnostics.toArray()).toEqual([]);
  expect(quick.value).toEqual(slow?.value);
  expect(facts(quick)).toEqual(slow && facts(slow));
  return true;
}

const PARTS = [
  ..."[ ] { } , : - ? # | > ! & * ' \" % @ ` ~ a b.c d/e _f é 日本 << . .. ... --- ' # ' '  '".split(" "),
  ..."0 -1 1.5 1e3 0x1f 0o17 1_000 +3 .5 5. .inf -.INF .nan 5m 26h 1h30m 2026-11-22 12:30 111122223333 00 08".split(
    " ",
  ),
  ..."true True TRUE false null Null ~ yes no on off y n __proto__ constructor".split(" "),
  ..."key: key:x a: b: - -- -a \"q\" 'q' \"a\\nb\" \"\\x\" 'it''s' \"\" '' [] {} [a] {a: b} ${{ }} ${{ steps.a.b }}".split(
    " ",
  ),
  ..."\n \n  \n    \n- \n  - \n\n \t \r # : , ".split("/"),
  "\n  ",
  "\n    ",
  "\n- ",
  "\n  - ",
  "\n# c\n",
  " # c",
  ": ",
  ", ",
  "- ",
  "  ",
];
const part = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PARTS) },
  fc.string({ maxLength: 4, unit: "grapheme" }),
);
const edit = fc.record({ at: fc.nat(), remove: fc.nat(8), insert: part });

const edited = fc
  .tuple(fc.constantFrom(...DRILLS), fc.array(edit, { minLength: 1, maxLength: 3 }))
  .map(([text, edits]) =>
    edits.reduce((all, { at, remove, insert }) => {
      const start = at % (all.length + 1);
      return all.slice(0, start) + insert + all.slice(start + remove);
    }, text),
  );

/** Files of the right shape, with anything for a key or a value. */
const scalar = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
const block: fc.Arbitrary<readonly string[]> = fc.letrec<{ block: readonly string[] }>((tie) => ({
  block: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .array(fc.tuple(fc.constantFrom("a", "b", "c d", "e-f"), scalar), { maxLength: 4 })
      .map((all) => all.map(([key, value]) => `${key}: ${value}`)),
    fc.array(scalar, { maxLength: 3 }).map((all) => all.map((value) => `- ${value}`)),
    fc
      .tuple(fc.constantFrom("a:", "b:", "-", "- a:"), tie("block"), fc.constantFrom(0, 1, 2, 4))
      .map(([head, below, by]) => [head, ...below.map((line) => " ".repeat(by) + line)]),
    fc.array(tie("block"), { maxLength: 3 }).map((all) => all.flat()),
  ),
})).block;

describe("what is read quickly", () => {
  it.each(DRILLS.map((text) => [text]))("a drill as it stands %#, unless a list goes over several lines", (text) => {
    expect(agrees(text)).toBe(!/\[$/m.test(text));
  });

  it.each([
    ["a: 1\nb: -\n"],
    ["a: b: c"],
    ["a: b\n  c"],
    ["a: [b,\n  c]"],
    ["a: &x 1"],
    ["a: *x"],
    ["a: !t 1"],
    ["a: 1\na: 2"],
    ["__proto__: 1"],
    ["a: |\n  b"],
    ["a:\nb: 1"],
    ["- a"],
    ["a: 1\n---\nb: 2"],
    ["%YAML 1.2\n---\na: 1"],
    ["a: 'it''s'"],
    ['a: "\\x41"'],
    ["a: 0x1f"],
    ["a: {b: 1, b: 2}"],
    [" a: 1"],
    ["a: 1\n b: 2"],
    [`a: ${"[".repeat(40)}${"]".repeat(40)}`],
  ])("%j is left to the library", (text) => {
    expect(readQuickly(text)).toBeUndefined();
  });

  it(
    "an edited drill",
    () =>
      fc.assert(
        fc.property(edited, (text) => void agrees(text)),
        OPTIONS,
      ),
    LONG,
  );
  it(
    "lines of any indentation",
    () => {
      const texts = block.map((lines) => lines.join("\n"));
      fc.assert(
        fc.property(texts, (text) => void agrees(text)),
        OPTIONS,
      );
    },
    LONG,
  );
  it(
    "one value of any kind",
    () =>
      fc.assert(
        fc.property(scalar, fc.constantFrom("a: ", "a:\n  b: ", "a: [", "a:\n- "), (value, before) => {
          agrees(before + value);
          agrees(`${before + value}]`);
        }),
        OPTIONS,
      ),
    LONG,
  );
});
