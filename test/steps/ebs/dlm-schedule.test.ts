import type { CreateRule } from "@aws-sdk/client-dlm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestIntervalMs, nextWindow, WINDOW_MS } from "../../../src/steps/ebs/dlm-schedule.ts";

const HOUR_MS = 3_600_000;
const daily: CreateRule = { Interval: 24, IntervalUnit: "HOURS", Times: ["23:45"] };
const iso = async (rule: CreateRule, since: string) => {
  const window = await nextWindow(rule, Date.parse(since));
  return window && { from: new Date(window.from).toISOString(), to: new Date(window.to).toISOString() };
};

describe("the window of the next snapshot", () => {
  it("begins at the next occurrence and lasts an hour", async () => {
    expect(await iso(daily, "2026-11-20T09:00:00Z")).toEqual({
      from: "2026-11-20T23:45:00.000Z",
      to: "2026-11-21T00:45:00.000Z",
    });
  });

  it("has begun while an occurrence is going on, but may end only with the next: this one's may be over", async () => {
    expect(await iso(daily, "2026-11-21T00:10:00Z")).toEqual({
      from: "2026-11-21T00:10:00.000Z",
      to: "2026-11-22T00:45:00.000Z",
    });
  });

  it("follows cron expressions, whose weekdays count from Sunday as 1", async () => {
    expect(await iso({ CronExpression: "cron(30 6 ? * 2 *)" }, "2026-11-20T09:00:00Z")).toEqual({
      from: "2026-11-23T06:30:00.000Z",
      to: "2026-11-23T07:30:00.000Z",
    });
  });

  it.each([
    ["cron(0 0/6 * * ? *)", "2026-11-20T12:00:00.000Z"],
    ["cron(0 3 ? * L *)", "2026-11-21T03:00:00.000Z"],
    ["cron(0 3 L * ? *)", "2026-11-30T03:00:00.000Z"],
    ["cron(0 3 ? * 6L *)", "2026-11-27T03:00:00.000Z"],
  ])("follows AWS's own forms: %s", async (CronExpression, from) => {
    expect(await iso({ CronExpression }, "2026-11-20T09:00:00Z")).toMatchObject({ from });
  });

  it.each([{ CronExpression: "every day" }, { CronExpression: "cron(1 2 3)" }, {}])(
    "is unknown for %j",
    async (rule) => {
      expect(await nextWindow(rule, 0)).toBeUndefined();
    },
  );

  it("always holds an occurrence, for every interval DLM knows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 2, 3, 4, 6, 8, 12, 24),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2030, 0) }),
        async (interval, hour, minute, since) => {
          const time = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
          const window = (await nextWindow({ Interval: interval, IntervalUnit: "HOURS", Times: [time] }, since))!;
          expect(window.from).toBeGreaterThanOrEqual(since);
          expect(window.from - since).toBeLessThanOrEqual(interval * HOUR_MS);
          const last = window.to - WINDOW_MS;
          expect((last - (hour * 60 + minute) * 60_000) % (interval * HOUR_MS)).toBe(0);
          expect(last).toBeGreaterThan(since);
          expect(last - since).toBeLessThanOrEqual(interval * HOUR_MS);
        },
      ),
    );
  });
});

describe("the longest interval of a schedule", () => {
  /** A Monday: the weekend is far away. */
  const since = Date.parse("2026-11-23T09:00:00Z");

  it.each<[string, CreateRule, number | undefined]>([
    ["is the interval itself", daily, 24],
    ["spans the weekend of a schedule of weekdays", { CronExpression: "cron(0 3 ? * 2-6 *)" }, 72],
    [
      "spans the weekend of one by the hour, however many occurrences are before it",
      { CronExpression: "cron(0 * ? * MON-FRI *)" },
      49,
    ],
    ["spans the nights and the weekend of office hours", { CronExpression: "cron(0 8-17 ? * 2-6 *)" }, 63],
    ["spans the rest of a month", { CronExpression: "cron(0 * 1-5 * ? *)" }, 26 * 24 + 1],
    ["spans the rest of a year", { CronExpression: "cron(0 3 * 1-6 ? *)" }, 185 * 24],
    ["is a whole year", { CronExpression: "cron(0 3 1 1 ? *)" }, 365 * 24],
    ["is within a day", { CronExpression: "cron(0 1,3,20 * * ? *)" }, 17],
    ["is between two days", { CronExpression: "cron(30 1,3 * * ? *)" }, 22],
    ["is unknown for one that ends", { CronExpression: "cron(0 * * * ? 2026)" }, undefined],
    ["is unknown for what cannot be read", { CronExpression: "cron(nonsense)" }, undefined],
  ])("%s", async (_what, rule, hours) => {
    expect(await longestIntervalMs(rule, since)).toBe(hours === undefined ? undefined : hours * HOUR_MS);
  });
});
