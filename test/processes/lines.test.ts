import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedOutput } from "../../src/processes/bounded-output.ts";
import { Lines } from "../../src/processes/lines.ts";

function chunked(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

test("lines do not depend on how the bytes arrive", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.nat()), (text, cuts) => {
      const found: string[] = [];
      const lines = new Lines((line) => found.push(line));
      for (const chunk of chunked(Buffer.from(text), cuts)) lines.add(chunk);
      lines.end();
      const wanted = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
      expect(found).toEqual(wanted.filter((line) => line !== ""));
    }),
  );
});

test("a line without an end does not grow for ever", () => {
  const found: string[] = [];
  const lines = new Lines((line) => found.push(line));
  for (let i = 0; i < 40; i++) lines.add(Buffer.alloc(100_000, "x"));
  lines.add(Buffer.from("\nnext\n"));
  expect(found.map((line) => line.length)).toEqual([1024 * 1024, 4]);
});

test("a bounded output is the beginning of what came, and knows whether that was all", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.integer({ min: 1, max: 50 }), (texts, limit) => {
      const output = new BoundedOutput(limit);
      for (const text of texts) output.add(Buffer.from(text));
      const whole = texts.join("");
      expect(output.truncated).toBe(Buffer.byteLength(whole) > limit);
      expect(whole.startsWith(output.text())).toBe(true);
      if (!output.truncated) expect(output.text()).toBe(whole);
    }),
  );
});
