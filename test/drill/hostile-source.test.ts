import { describe, expect, it } from "vitest";
import { loadDrill } from "../../src/drill/load-drill.ts";
import { LARGEST_DRILL } from "../../src/drill/source-text.ts";
import { FIXTURE_KINDS, VALID_DRILL } from "./fixture-kinds.ts";

async function problems(text: string | Uint8Array): Promise<string[]> {
  const { diagnostics } = await loadDrill("drill.yaml", text, FIXTURE_KINDS);
  return diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code}: ${message}`);
}

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

describe("size and encoding, before anything is parsed", () => {
  it("takes a file of exactly 64 KiB, refuses one byte more", async () => {
    const padding = "#".repeat(LARGEST_DRILL - VALID_DRILL.length);
    expect(await problems(VALID_DRILL + padding)).toEqual([]);
    expect(await problems(`${VALID_DRILL}${padding}#`)).toEqual([
      "1:1 file-too-large: the file has more than 65,536 bytes (64 KiB)",
    ]);
  });

  it("counts bytes, not characters", async () => {
    expect((await problems("é".repeat(LARGEST_DRILL / 2 + 1)))[0]).toContain("file-too-large");
  });

  it("points to the first byte that is not UTF-8", async () => {
    expect(await problems(bytes("name: a\nde: \ufffdé", [0xff], "x"))).toEqual([
      "2:7 not-utf8: the file is not UTF-8 from here on",
    ]);
    expect(await problems(bytes("\ufeffab", [0xc3, 0x28]))).toEqual([
      "1:3 not-utf8: the file is not UTF-8 from here on",
    ]);
  });

  it.each([[[0xff, 0xfe, 0x61, 0x00]], [[0xfe, 0xff, 0x00, 0x61]]])("UTF-16 %j is named", async (utf16) => {
    expect(await problems(bytes(utf16))).toEqual(["1:1 not-utf8: the file is encoded as UTF-16"]);
  });

  it("names forbidden characters and their places", async () => {
    expect(await problems("a: \0\nb: \u001b[31m\nc: \u202egnitset")).toEqual([
      "1:4 forbidden-character: the file holds a NUL",
      "2:4 forbidden-character: the file holds the control character U+001B",
      "3:4 forbidden-character: U+202E is a bidirectional control character",
    ]);
  });
});

describe("YAML that has no place in a drill", () => {
  it.each([
    ["a: &x 1\nb: 2\n", "1:4 yaml-anchor: YAML anchors are not allowed"],
    ["a: &x [1]\nb: *x\n", "2:4 yaml-alias: YAML aliases are not allowed"],
    ["a:\n  <<: { b: 1 }\n", "2:3 yaml-merge: YAML merge keys are not allowed"],
    ["a: !!js/function 'x'\n", "1:4 yaml-tag: YAML tags are not allowed"],
    ["a: !!str 5\n", "1:4 yaml-tag: YAML tags are not allowed"],
    ["a: !custom {b: 1}\n", "1:4 yaml-tag: YAML tags are not allowed"],
    ["%YAML 1.1\n---\na: yes\n", "1:1 yaml-directive: YAML directives are not allowed"],
    ["a: 1\n---\nb: 2\n", "2:1 yaml-documents: the file holds more than one YAML document"],
    ["a: 1\nb: 2\na: 3\n", "3:1 duplicate-key: the key a is here twice"],
    ["__proto__: { a: 1 }\n", "1:1 unsafe-key: the key __proto__ is not allowed"],
    ['"constructor": 1\n', "1:1 unsafe-key: the key constructor is not allowed"],
    ["a: { prototype: 1 }\n", "1:6 unsafe-key: the key prototype is not allowed"],
    ["? [a, b]\n: 1\n", "1:3 yaml-key: a key must be a plain word"],
    ["a:\n\tb: 1\n", "2:1 yaml-syntax: a tab cannot indent YAML"],
    [
      "a: 12345678901234567890\n",
      "1:4 number-too-large: 12345678901234567890 is not a number that JSON can hold exactly",
    ],
    ["a: .inf\n", "1:4 number-too-large: .inf is not a number that JSON can hold exactly"],
    ["a: [1, 2\n", "2:1 yaml-syntax: flow sequence in block collection must be sufficiently indented and end with a ]"],
  ])("%j", async (text, problem) => {
    expect(await problems(text)).toContain(problem);
  });

  it("a bomb of aliases is refused without being expanded", async () => {
    const levels = Array.from({ length: 30 }, (_, i) =>
      `l${i}: &l${i} [*l${i - 1}, *l${i - 1}]`.replaceAll("*l-1", "x"),
    );
    expect((await problems(levels.join("\n"))).filter((problem) => problem.includes("yaml-alias"))).toHaveLength(58);
  });

  it.each([
    ["[", "[".repeat(LARGEST_DRILL)],
    ["{", "{".repeat(LARGEST_DRILL)],
    ["- ", "- ".repeat(LARGEST_DRILL / 2)],
    ["? ", "? ".repeat(LARGEST_DRILL / 2)],
    ["[ ]", `a: ${"[".repeat(30_000)}${"]".repeat(30_000)}`],
    ["keys", Array.from({ length: 300 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("nesting by %s is refused", async (_, text) => {
    expect((await problems(text)).join()).toContain("nested-too-deep: nested more than 32 levels deep");
  });

  it("thousands of keys are read in linear time", async () => {
    const keys = Array.from({ length: 6_000 }, (_, index) => `k${index}: 1`).join("\n");
    expect(await problems(keys)).toHaveLength(6_000 + 7);
  });
});
