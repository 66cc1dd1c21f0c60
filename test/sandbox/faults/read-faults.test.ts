import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assert, json, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultFileError, readFaults } from "../../../src/sandbox/faults/read-faults.ts";

const SHIPPED = join(import.meta.dirname, "../../../faults");

function problems(text: string): readonly string[] {
  try {
    readFaults("f.yaml", text);
    return [];
  } catch (error) {
    if (error instanceof FaultFileError) return error.problems;
    throw error;
  }
}

const file = (fault: string) => `says: a set\nfaults:\n  - ${fault}\n`;

describe("a file of faults", () => {
  it("is read with its defaults", () => {
    expect(readFaults("f.yaml", file("{ name: a, says: b, does: reset, on: ec2:CreateVolume }"))).toEqual({
      says: "a set",
      faults: [
        {
          name: "a",
          says: "b",
          does: "reset",
          when: "before",
          on: ["ec2:CreateVolume"],
          from: 1,
          times: 1,
          spreads: false,
        },
      ],
    });
  });

  it("may be JSON", () => {
    const text = JSON.stringify({ says: "a set", faults: [{ name: "a", says: "b", does: "deny", times: "always" }] });
    expect(readFaults("f.json", text).faults[0]).toMatchObject({ does: "deny", on: ["*"], times: "always" });
  });

  it.each([
    ["{ name: a, says: b, does: explode }", /^f\.yaml:3:\d+: faults\.0\.does: /],
    ["{ name: a, says: b, does: reset, when: later }", /^f\.yaml:3:\d+: faults\.0\.when: /],
    ["{ name: A b, says: b, does: reset }", /^f\.yaml:3:13: faults\.0\.name: a name is lower case/],
    ["{ name: a, says: b, does: reset, times: 0 }", /^f\.yaml:3:\d+: faults\.0\.times: /],
    ["{ name: a, says: b, does: reset, on: CreateVolume }", /^f\.yaml:3:\d+: faults\.0\.on/],
    ["{ name: a, says: b, does: hide, seconds: 90000 }", /^f\.yaml:3:\d+: faults\.0\.seconds: /],
    ["{ name: a, says: b, does: reset, typo: 1 }", /^f\.yaml:3:\d+: faults\.0: .*typo/],
  ])("names the place of what is wrong: %s", (fault, expected) => {
    expect(problems(file(fault)).join("\n")).toMatch(expected);
  });

  it("tells syntax errors, aliases, repeated names and too long a text", () => {
    expect(problems("says: [")[0]).toMatch(/^f\.yaml:1:/);
    expect(problems("says: &a b\nfaults: *a")[0]).toMatch(/^f\.yaml: /);
    const one = "{ name: a, says: b, does: deny }";
    expect(problems(`says: s\nfaults: [${one}, ${one}]`)).toEqual(["f.yaml: more than one fault is called a"]);
    expect(problems(" ".repeat(70_000))[0]).toContain("longer than");
  });

  it("never throws anything else, whatever it is", () => {
    assert(
      property(string(), (text) => void problems(text)),
      { numRuns: 200 },
    );
    assert(
      property(json(), (text) => void problems(`says: s\nfaults: [${text}]`)),
      { numRuns: 200 },
    );
  });
});

describe("the sets that are shipped", () => {
  const files = readdirSync(SHIPPED);
  const sets = files.map((name) => readFaults(name, readFileSync(join(SHIPPED, name), "utf8")));

  it("are valid, and no fault of one has the name of another's or of a set", () => {
    const names = [
      ...sets.flatMap(({ faults }) => faults.map(({ name }) => name)),
      ...files.map((name) => name.replace(".yaml", "")),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain("all");
  });

  it("have every kind of fault", () => {
    const kinds = new Set(sets.flatMap(({ faults }) => faults.map(({ does }) => does)));
    expect([...kinds].sort()).toEqual([
      "deny",
      "error",
      "expire",
      "fail",
      "hang",
      "hide",
      "html",
      "reset",
      "server-error",
      "skew",
      "stick",
      "throttle",
      "truncate",
    ]);
  });
});
