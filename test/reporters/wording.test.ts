import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bounded, weightiest } from "../../src/reporters/bounded.ts";
import { counted, formatBytes, formatInstant, grouped } from "../../src/reporters/wording.ts";
import { thinning } from "../../src/reporters/thinning.ts";
import { formatBudget, LONGEST_DURATION_MS, parseDuration } from "../../src/time/duration.ts";

describe("wording", () => {
  it("groups digits and inflects nouns", () => {
    expect([0, 1, 999, 1_000, 1_234_567].map(grouped)).toEqual(["0", "1", "999", "1,000", "1,234,567"]);
    expect([counted(1, "step"), counted(1_200, "step")]).toEqual(["1 step", "1,200 steps"]);
  });

  it("writes bytes in binary units", () => {
    expect([0, 1_023, 1_024, 1_536, 14 * 1024 ** 2, 1.5 * 1024 ** 3].map(formatBytes)).toEqual([
      "0 B",
      "1023 B",
      "1 KiB",
      "1.5 KiB",
      "14 MiB",
      "1.5 GiB",
    ]);
  });

  it("shortens instants, and leaves alone what is none", () => {
    expect(formatInstant("2026-11-20T10:45:00.123Z")).toBe("2026-11-20 10:45:00Z");
    expect(formatInstant("soon")).toBe("soon");
  });

  it("writes budgets as drill files do", () => {
    expect([1_000, 90_000, 5_400_000, 93_600_000, 259_200_000, 0].map(formatBudget)).toEqual([
      "1s",
      "1m30s",
      "1h30m",
      "26h",
      "3d",
      "0s",
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LONGEST_DURATION_MS }), (ms) => {
        expect(parseDuration(formatBudget(ms))).toBe(ms);
      }),
    );
  });
});

describe("bounds", () => {
  it("keep the weightiest in their own order", () => {
    const numbers = fc.array(fc.integer(), { maxLength: 50 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 20 }), (all, most) => {
        const { shown, hidden } = weightiest(
          all.map((weight, index) => ({ weight, index })),
          most,
          ({ weight }) => weight,
        );
        expect(shown.length + hidden).toBe(all.length);
        expect(shown.length).toBe(Math.min(most, all.length));
        expect(shown.map(({ index }) => index)).toEqual(shown.map(({ index }) => index).sort((a, b) => a - b));
        const least = Math.min(...shown.map(({ weight }) => weight));
        const left = all.filter((_, index) => !shown.some((one) => one.index === index));
        for (const weight of left) expect(weight).toBeLessThanOrEqual(least);
      }),
    );
    expect(bounded([1, 2, 3], 2)).toEqual({ shown: [1, 2], hidden: 1 });
  });

  it("thin out many lines to counts that grow by doubling", () => {
    const next = thinning(10);
    const prominences = Array.from({ length: 1_000_000 }, () => next());
    expect(prominences.filter((one) => one === "line").length).toBe(10);
    expect(prominences.flatMap((one, index) => (one === "count" ? [index + 1] : [])).slice(0, 4)).toEqual([
      20, 40, 80, 160,
    ]);
    expect(prominences.filter((one) => one === "count").length).toBe(16);
  });
});
