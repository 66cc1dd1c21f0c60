import { expect, it } from "vitest";
import { KNOWN_REGIONS } from "../../src/regions/known-regions.ts";
import { findRegion, REGIONS, regionsBeside } from "../../src/sandbox/regions.ts";

it("the sandbox has every Region that AWS's SDK knows, with zones whose ids are those of no other", () => {
  expect(KNOWN_REGIONS.filter((name) => !findRegion(name))).toEqual([]);
  expect(new Set(REGIONS.map(({ zoneIdPrefix }) => zoneIdPrefix)).size).toBe(REGIONS.length);
});

it("an account sees the Regions of its own partition", () => {
  const names = (region: string) =>
    regionsBeside(region)
      .map(({ name }) => name)
      .sort();
  expect(names("us-gov-west-1")).toEqual(["us-gov-east-1", "us-gov-west-1"]);
  expect(names("us-east-1")).not.toContain("cn-north-1");
});
