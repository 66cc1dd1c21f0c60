import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTold, renderScript } from "../../../src/steps/on-host/host-script.ts";
import { shellQuote } from "../../../src/steps/on-host/quote.ts";

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom("'", '"', "\\", "$(", "`", "\n", ";", "&", "*", "!", "~", "#", "{a,b}", "é", "\t"),
      fc.string({ unit: "grapheme" }),
    ),
  )
  .map((parts) => parts.join("").replaceAll("\0", ""));

const sh = (script: string) => execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });

describe("a quoted word", () => {
  it("is exactly the text to a real shell, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 200 }), (texts) => {
        const words = texts.map((text) => shellQuote(text)).join(" ");
        expect(sh(`for w in ${words}; do printf '%s|' "$w"; done`)).toBe(texts.map((text) => `${text}|`).join(""));
      }),
      { numRuns: 20 },
    );
  });

  it("cannot hold NUL", () => {
    expect(() => shellQuote("a\0b")).toThrow(RangeError);
  });
});

describe("a rendered script", () => {
  it("begins with the root of the host's tree", () => {
    expect(renderScript({ values: {}, body: "" }, "n")).toMatch(/^ROOT="\$\{INSTANCE_ROOT:-\}"\n/);
  });

  it("carries data into variables unharmed, and tells what its body tells", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const body = `tell value "$(printf '%s' "$DATA" | od -An -v -tx1 | tr -d ' \\n')"`;
        const told = readTold(sh(renderScript({ values: { DATA: text }, body }, "5")), "5");
        expect(Buffer.from(told.get("value")!, "hex").toString()).toBe(text);
        expect(told.get("end")).toBe("ok");
      }),
      { numRuns: 20 },
    );
  });

  it("does not take what anybody else prints for what the script tells", () => {
    const script = renderScript({ values: {}, body: "echo 'gameday-other root=forged'; echo root=forged" }, "mine");
    expect([...readTold(sh(script), "mine")]).toEqual([["end", "ok"]]);
  });

  it("refuses a name that is no variable's", () => {
    expect(() => renderScript({ values: { "A;reboot": "" }, body: "" }, "n")).toThrow(RangeError);
  });
});
