import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, LONGEST_DURATION_MS, parseDuration } from "../../src/time/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["26h", 93_600_000],
    ["2d", 172_800_000],
    ["500ms", 500],
    ["1d2h3m4s5ms", 93_784_005],
  ])("reads %s", (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(["", "5", "-5m", "1e9h", "5 m", "m", "1m1h", "1h1h", "0s", "1.5h", "367d", "5M", "5m\n", "٥m"])(
    "refuses %j",
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );

  it("yields a whole number of milliseconds in range for whatever it accepts", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789dhms ") }), (text) => {
        const ms = parseDuration(text);
        if (ms === undefined) return;
        expect(Number.isInteger(ms) && ms > 0 && ms <= LONGEST_DURATION_MS).toBe(true);
      }),
    );
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0.0s"],
    [400, "0.4s"],
    [42_000, "42s"],
    [59_999, "1m 00s"],
    [312_000, "5m 12s"],
    [3_800_000, "1h 03m 20s"],
    [187_200_000, "2d 04h 00m 00s"],
    [-1_500, "-1.5s"],
  ])("writes %d as %s", (ms, text) => expect(formatDuration(ms)).toBe(text));
});
