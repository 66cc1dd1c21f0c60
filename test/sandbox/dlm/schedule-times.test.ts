import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byCron, everyHours, leastGapMs, retainedUntil } from "../../../src/sandbox/services/dlm/schedule-times.ts";

const HOUR_MS = 3_600_000;

const nextAfter = (times: { next(after: number): number | undefined }, instant: string) =>
  new Date(times.next(Date.parse(instant))!).toISOString();

describe("a schedule by interval", () => {
  it.each([
    [24, "23:45", "2026-11-20T09:00:00Z", "2026-11-20T23:45:00.000Z"],
    [24, "23:45", "2026-11-20T23:45:00Z", "2026-11-21T23:45:00.000Z"],
    [24, "09:00", "2026-11-20T09:00:00.001Z", "2026-11-21T09:00:00.000Z"],
    [12, "03:00", "2026-11-20T09:00:00Z", "2026-11-20T15:00:00.000Z"],
    [1, "00:30", "2026-11-20T09:00:00Z", "2026-11-20T09:30:00.000Z"],
  ])("every %d h at %s, after %s: %s", (hours, time, after, expected) => {
    expect(nextAfter(everyHours(hours, time), after)).toBe(expected);
  });

  it("comes at its time, after now, and within one interval", () => {
    const hours = fc.constantFrom(1, 2, 3, 4, 6, 8, 12, 24);
    fc.assert(
      fc.property(hours, fc.nat(23), fc.nat(59), fc.nat(4e12), (interval, hour, minute, after) => {
        const next = everyHours(interval, `${hour}:${minute}`).next(after)!;
        expect(next).toBeGreaterThan(after);
        expect(next - after).toBeLessThanOrEqual(interval * HOUR_MS);
        const sinceMidnight = new Date(next).getUTCHours() * 60 + new Date(next).getUTCMinutes();
        expect((sinceMidnight - hour * 60 - minute + 24 * 60) % (interval * 60)).toBe(0);
      }),
    );
  });
});

describe("a schedule by cron", () => {
  it.each([
    ["cron(45 23 * * ? *)", "2026-11-20T09:00:00Z", "2026-11-20T23:45:00.000Z"],
    // AWS counts Sunday as 1; 20 November 2026 is a Friday.
    ["cron(0 12 ? * 1 *)", "2026-11-20T09:00:00Z", "2026-11-22T12:00:00.000Z"],
    ["cron(0 18 ? * MON-FRI *)", "2026-11-20T19:00:00Z", "2026-11-23T18:00:00.000Z"],
    ["cron(30 3/6 * * ? *)", "2026-11-20T09:31:00Z", "2026-11-20T15:30:00.000Z"],
    ["cron(0 0 1 * ? *)", "2026-11-20T09:00:00Z", "2026-12-01T00:00:00.000Z"],
  ])("%s after %s: %s", (expression, after, expected) => {
    expect(nextAfter(byCron(expression), after)).toBe(expected);
  });

  it.each(["", "45 23 * * ? *", "cron(* *)", "cron(99 * * * ? *)", "rate(1 day)", "cron(0 0 0 0 0 0 0)"])(
    "refuses %j",
    (expression) => {
      expect(() => byCron(expression)).toThrow();
    },
  );

  it("knows its least gap", () => {
    expect(leastGapMs(byCron("cron(0/15 * * * ? *)"), 0, 10)).toBe(HOUR_MS / 4);
  });
});

describe("retention", () => {
  it.each([
    ["2026-01-31T00:00:00Z", 1, "MONTHS", "2026-02-28T00:00:00.000Z"],
    ["2024-02-29T12:00:00Z", 1, "YEARS", "2025-02-28T12:00:00.000Z"],
    ["2026-11-20T23:50:00Z", 30, "DAYS", "2026-12-20T23:50:00.000Z"],
    ["2026-11-20T23:50:00Z", 2, "WEEKS", "2026-12-04T23:50:00.000Z"],
  ])("from %s for %d %s: until %s", (from, interval, unit, expected) => {
    expect(new Date(retainedUntil(Date.parse(from), interval, unit)).toISOString()).toBe(expected);
  });
});
