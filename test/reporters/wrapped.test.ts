import { expect, it } from "vitest";
import { wrapped } from "../../src/reporters/wrapped.ts";

it("breaks between words, indented; a longer word and what is copied stay whole", () => {
  expect(wrapped("  one two three", 10)).toEqual(["  one two", "    three"]);
  expect(wrapped("short", 10)).toEqual(["short"]);
  expect(wrapped("a snap-0123456789 b", 10)).toEqual(["a", "  snap-0123456789", "  b"]);
  expect(wrapped("next (operator): gameday resume latest", 10)).toHaveLength(1);
});
