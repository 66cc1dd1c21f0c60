import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareManifests, describeDifference } from "../../../src/steps/on-host/compare-manifests.ts";
import { manifestShape, pathLines } from "../../../src/steps/on-host/manifest-shape.ts";
import { readMarker } from "../../../src/steps/on-host/marker.ts";

const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const name = fc.string({ minLength: 1 }).map((text) => `./${text.replaceAll(/[\n\\]/g, "_")}`);
const files = fc.dictionary(name, hash, { noNullPrototype: true });
const lines = (of: Record<string, string>) =>
  Object.entries(of)
    .map(([path, sha]) => `${sha}  ${path}\n`)
    .join("");

describe("two manifests", () => {
  it("of the same files have no differences", () => {
    fc.assert(
      fc.property(files, (of) => {
        expect(compareManifests(lines(of), lines(of))).toEqual({ differing: [], missing: [], extra: [] });
      }),
    );
  });

  it("differ in exactly what was changed, taken away and added", () => {
    const zeros = "0".repeat(64);
    const expected = lines({ "./same": zeros, "./changed": zeros, "./gone": zeros });
    const actual = lines({ "./same": zeros, "./changed": "1".repeat(64), "./new": zeros });
    const difference = compareManifests(expected, actual);
    expect(difference).toEqual({ differing: ["./changed"], missing: ["./gone"], extra: ["./new"] });
    expect(describeDifference(difference)).toEqual(["differs: ./changed", "missing: ./gone", "extra: ./new"]);
  });

  it("understand names that sha256sum has escaped", () => {
    const escaped = `\\${"0".repeat(64)}  ./a\\nb\n`;
    expect(compareManifests(escaped, "")).toMatchObject({ missing: ["./a\\nb"] });
  });

  it("show a bounded number of differences, and no control characters", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`./\u001b[31m${n}`, "0".repeat(64)]));
    const shown = describeDifference(compareManifests(lines(many), ""));
    expect(shown).toHaveLength(21);
    expect(shown.at(-1)).toBe("… and 480 more");
    expect(shown.join("")).not.toContain("\u001b");
  });
});

describe("manifest paths", () => {
  it.each(["/etc", "../up", "a/../../b", "a\nb"])("refuse %j", (path) => {
    expect(manifestShape.shape.paths.safeParse([path]).success).toBe(false);
  });

  it("are all below the tree for the host", () => {
    expect(pathLines(["data/", "./a//b", "-rf", "."])).toBe("./data\n./a/b\n./-rf\n.");
    expect(pathLines(undefined)).toBe(".");
  });
});

describe("a marker", () => {
  const told = (text: string) => Buffer.from(text).toString("base64");

  it("is read back", () => {
    const marker = { run: "01RUN", writtenAt: "2026-11-20T09:00:00.000Z", nonce: "ab" };
    expect(readMarker(told(JSON.stringify(marker)))).toEqual(marker);
  });

  it("is nothing when it is anything else", () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => void readMarker(told(text))));
    expect(readMarker(told('{"run":"x","writtenAt":"yesterday","nonce":""}'))).toBeUndefined();
    expect(readMarker(undefined)).toBeUndefined();
  });
});
