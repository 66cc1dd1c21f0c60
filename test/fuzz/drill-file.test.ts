import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { stepsOf } from "../../src/drill/drill.ts";
import { loadDrill } from "../../src/drill/load-drill.ts";
import { renderDiagnostics } from "../../src/drill/render-diagnostics.ts";
import { FIXTURE_KINDS, VALID_DRILL } from "../drill/fixture-kinds.ts";
import { failureCount, recordFigures, stopwatch } from "../figures.ts";

/** `GAMEDAY_FUZZ=100000` makes the long run, a quarter of it by each property. The seed is fixed unless `GAMEDAY_FUZZ_SEED` says otherwise. */
const CASES = Math.ceil(Number(process.env["GAMEDAY_FUZZ"] ?? 500) / 4);
const SEED = Number(process.env["GAMEDAY_FUZZ_SEED"] ?? 20_261_122);
const OPTIONS = { numRuns: CASES, seed: SEED };
const LONG = 3_600_000;

/** Parts that are likely to be taken for something. */
const TOKENS = [
  ..."[ ] { } : , - ? # | > ! & * ' \" % @ ` ~ << \n \t \r".split(" "),
  ..."id: uses: with: forEach: parallel: if: recover: __proto__: constructor: null true 1e9 .inf 0x1f -5m 27h".split(
    " ",
  ),
  ..."${{ }} steps. steps.copy steps.copy.snapshotId each.value matches( .map(x, x) regions.dr + == ? 'a' \"a\"".split(
    " ",
  ),
  "\n  - ",
  "\n    ",
  ": |\n",
  "\u0000",
  "\u001b[31m",
  "\u202e",
  "\ud800",
  "日本",
  "&a [*a]",
  "!!js/function ",
  "---\n",
  "%YAML 1.1\n",
];

const token = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TOKENS) },
  fc.string({ maxLength: 6, unit: "binary" }),
);

/** Puts something in, takes something out, or moves something. */
const edit = fc.record({ at: fc.nat(), remove: fc.nat(12), insert: token, from: fc.option(fc.nat()) });
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function applied(text: string, { at, remove, insert, from }: Edit): string {
  const start = at % (text.length + 1);
  const moved = from === null ? "" : text.slice(from % text.length, (from % text.length) + 20);
  return text.slice(0, start) + insert + moved + text.slice(start + remove);
}

const mutated = fc.array(edit, { minLength: 1, maxLength: 6 }).map((edits) => edits.reduce(applied, VALID_DRILL));

/** JSON is YAML: trees with keys that mean something in a drill. */
const keys = fc.constantFrom(
  ..."apiVersion name regions primary dr safety accounts recover verify prepare parallel id uses with if forEach".split(
    " ",
  ),
  ..."retry attempts timeout snapshotId availabilityZone sizeGiB zones constructor toString".split(" "),
);
const leaves = fc.oneof(
  token,
  fc.constantFrom("gameday/v1", "ebs.restore-volume", "us-east-1", "5m"),
  fc.double(),
  fc.boolean(),
);
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaves,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(keys, tie("node"), { maxKeys: 6 }),
  ),
})).node;
const jsonText = fc.dictionary(keys, tree, { maxKeys: 10 }).map((value) => JSON.stringify(value));

const figures = { cases: 0, valid: 0, problems: 0, slowestMs: 0 };

/** What holds of every file, however broken. */
async function check(text: string | Uint8Array): Promise<void> {
  const began = performance.now();
  const { drill, diagnostics } = await loadDrill("drill.yaml", text, FIXTURE_KINDS, "/drills/x");
  const tookMs = performance.now() - began;
  figures.cases++;
  figures.valid += drill ? 1 : 0;
  figures.problems += diagnostics.length;
  figures.slowestMs = Math.max(figures.slowestMs, tookMs);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(drill === undefined).toBe(errors.length > 0);
  const decoded = new TextDecoder().decode(typeof text === "string" ? new TextEncoder().encode(text) : text);
  const lines = decoded.split("\n").map((line) => line.replace(/\r$/u, ""));
  for (const { line, column, length, sourceLine, code, message } of diagnostics) {
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(message).not.toMatch(/undefined|\[object|^$/);
    // Of a file that is no text there is no line to show.
    if (code === "file-too-large" || code === "not-text" || (code === "not-utf8" && message.includes("UTF-16")))
      continue;
    expect(lines[line - 1]).toBe(sourceLine);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column - 1 + length).toBeLessThanOrEqual(sourceLine.length);
  }
  expect(renderDiagnostics(diagnostics, { color: false })).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
  if (drill) for (const step of stepsOf(drill.phases.recover)) expect(FIXTURE_KINDS.has(step.uses)).toBe(true);
}

describe("whatever is in the file, every problem has a place in it", () => {
  const elapsed = stopwatch();
  const failures = failureCount();
  afterAll(() => {
    const { cases, valid, problems, slowestMs } = figures;
    const more = {
      "valid files": valid,
      "problems, each with its place": problems,
      "slowest, ms": Math.ceil(slowestMs),
    };
    recordFigures({ battery: "drill-file fuzz", cases, failures: failures(), seconds: elapsed(), more });
  });

  it("a valid drill with a few edits", () => fc.assert(fc.asyncProperty(mutated, check), OPTIONS), LONG);
  it("trees of a drill's own keys", () => fc.assert(fc.asyncProperty(jsonText, check), OPTIONS), LONG);
  it(
    "rows of tokens",
    () => {
      const rows = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(""));
      fc.assert(fc.asyncProperty(rows, check), OPTIONS);
    },
    LONG,
  );
  it("bytes", () => fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), check), OPTIONS), LONG);
});
