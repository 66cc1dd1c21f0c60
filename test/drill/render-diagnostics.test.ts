import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/drill/diagnostic.ts";
import { DiagnosticList } from "../../src/drill/diagnostic.ts";
import { renderDiagnostics } from "../../src/drill/render-diagnostics.ts";

/** The rendering of one error that points at `marked`, which stands once in the text. */
function render(text: string, marked: string, more: Partial<Diagnostic> = {}): string {
  const list = new DiagnosticList("drill.yaml", text);
  const start = text.indexOf(marked);
  list.error({ start, end: start + marked.length }, { code: "test", message: "wrong" });
  const [diagnostic] = list.toArray();
  return renderDiagnostics([{ ...diagnostic!, ...more }], { color: false });
}

describe("renderDiagnostics", () => {
  it("shows place, message, line, caret and hint", () => {
    expect(render("a: 1\nb: two\n", "two", { hint: "write 2" })).toMatchInlineSnapshot(`
      "drill.yaml:2:4: error: wrong
        2 | b: two
          |    ^^^
          = write 2

      "
    `);
  });

  it("puts the caret right under tabs, wide and combining characters", () => {
    const [, line, caret] = render("a:\t日本e\u0301 here", "here").split("\n");
    expect(line).toBe("  1 | a:  日本e\u0301 here");
    // Two columns each for 日 and 本, none for the accent.
    expect(caret).toBe(`    | ${" ".repeat(4 + 4 + 1 + 1)}^^^^`);
    expect(render("k: 🎉🎉 x", "🎉🎉")).toMatchInlineSnapshot(`
      "drill.yaml:1:4: error: wrong
        1 | k: 🎉🎉 x
          |    ^^^^

      "
    `);
  });

  it("cuts a long line around the caret", () => {
    const text = `${"x".repeat(5_000)} here ${"y".repeat(5_000)}`;
    const [, line, caret] = render(text, "here").split("\n");
    expect(line).toHaveLength("  1 | ".length + 122);
    expect(line!.slice(caret!.indexOf("^"), caret!.lastIndexOf("^") + 1)).toBe("here");
  });

  it("marks one column where there is nothing to mark", () => {
    const list = new DiagnosticList("f", "abc\n");
    list.error({ start: 4, end: 4 }, { code: "test", message: "ends too early" });
    expect(renderDiagnostics(list.toArray(), { color: false })).toBe(
      "f:2:1: error: ends too early\n  2 |\n    | ^\n\n",
    );
  });

  it("marks only the first line of what spans several", () => {
    const [, , caret] = render("a: |\n  one\n", "|\n  one").split("\n");
    expect(caret).toBe("    |    ^");
  });

  it("colours errors and warnings when asked to", () => {
    const list = new DiagnosticList("f", "a");
    list.warning({ start: 0, end: 1 }, { code: "test", message: "m" });
    expect(renderDiagnostics(list.toArray(), { color: true })).toContain("\u001b[33mwarning\u001b[39m: m");
  });

  it("writes no control, bidirectional or invisible character of the file, its name or a message", () => {
    const nasty = fc
      .array(
        fc.oneof(
          fc.constantFrom("\u001b[31m", "\u202e", "\u{e0001}", "\u200b", "\ufeff", "\ud800", "\t", "日"),
          fc.nat(0x2fff).map((point) => String.fromCodePoint(point)),
        ),
        { maxLength: 60 },
      )
      .map((parts) => parts.join("").replaceAll("\n", ""));
    fc.assert(
      fc.property(nasty, nasty, fc.nat(80), fc.nat(20), (sourceLine, message, column, length) => {
        const shown = renderDiagnostics(
          [
            {
              severity: "error",
              code: "c",
              path: message,
              message,
              hint: message,
              line: 1,
              column: column + 1,
              length,
              sourceLine,
            },
          ],
          { color: false },
        );
        expect(shown).not.toMatch(
          /(?!\n)\p{Cc}|[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e0fff}]/u,
        );
        expect(shown.split("\n").length).toBe(6);
      }),
    );
  });
});
