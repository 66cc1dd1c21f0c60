import { describe, expect, it } from "vitest";
import { difference } from "../../../src/evidence/bundle/difference.ts";

const exactly = (told: unknown, weighed: unknown) => difference(told, weighed, { path: "", wording: undefined });
const inOtherWords = (told: unknown, weighed: unknown) => difference(told, weighed, { path: "", wording: /^words$/ });

describe("what is told and what the journal says", () => {
  it.each([1, "a", true, null, [], {}, [1, { a: [2] }], { a: { b: [] } }])("is the same: %j", (value) => {
    expect(exactly(value, structuredClone(value))).toBeUndefined();
  });

  it.each<[unknown, unknown, string]>([
    [{ a: 1 }, { a: 2 }, "a is 1, and the journal says 2"],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, "a.b[1] is 2, and the journal says 3"],
    [{ a: [1] }, { a: [1, 2] }, "a[1] is absent, and the journal says 2"],
    [{ a: [1, 2] }, { a: [1] }, "a[1] is 2, and the journal says absent"],
    [{ a: 1, b: 2 }, { a: 1 }, "b is 2, and the journal says absent"],
    [{ a: 1 }, { a: 1, b: 2 }, "b is absent, and the journal says 2"],
    [{ a: null }, { a: {} }, "a is null, and the journal says {}"],
    [{ a: {} }, { a: null }, "a is {}, and the journal says null"],
    [{ a: [] }, { a: {} }, "a is [], and the journal says {}"],
    [{ a: {} }, { a: [] }, "a is {}, and the journal says []"],
    [{ a: "1" }, { a: 1 }, 'a is "1", and the journal says 1'],
    [{ a: { b: 1 } }, { a: 1 }, 'a is {"b":1}, and the journal says 1'],
  ])("%j and %j differ", (told, weighed, words) => {
    expect(exactly(told, weighed)).toBe(words);
  });

  it("is shown up to a hundred characters", () => {
    expect(exactly({ a: "x".repeat(98) }, { a: 1 })).toBe(`a is "${"x".repeat(98)}", and the journal says 1`);
    expect(exactly({ a: "x".repeat(99) }, { a: 1 })).toBe(`a is "${"x".repeat(99)}…, and the journal says 1`);
  });
});

describe("what two versions tell of one journal", () => {
  it("may differ in words, and in members that only one of them knows", () => {
    expect(inOtherWords({ words: "a", fact: 1 }, { words: "b", fact: 1, newer: 2 })).toBeUndefined();
    expect(inOtherWords({ words: "a", fact: 1, older: 2 }, { words: ["b"], fact: 1 })).toBeUndefined();
  });

  it("is the same in every fact and in every list", () => {
    expect(inOtherWords({ fact: 1 }, { fact: 2 })).toBe("fact is 1, and the journal says 2");
    expect(inOtherWords({ deep: { words: "a" } }, { deep: { words: "b" } })).toBe(
      'deep.words is "a", and the journal says "b"',
    );
    expect(inOtherWords({ list: [{ a: 1 }] }, { list: [{ a: 1 }, {}] })).toBe(
      "list[1] is absent, and the journal says {}",
    );
    expect(inOtherWords({ list: [{ a: 1 }] }, { list: [{ a: 2 }] })).toBe("list[0].a is 1, and the journal says 2");
  });
});
