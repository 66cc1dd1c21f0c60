import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CEILING_MS,
  FLOOR_MS,
  LONGEST_QUIET_MS,
  LONGEST_SCHEDULED_QUIET_MS,
  nextPollDelay,
  type Outlook,
} from "../../../src/aws/watch/next-poll.ts";

const DAY_MS = 86_400_000;
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const age = fc.double({ min: 0, max: DAY_MS, noNaN: true });
const unknown = fc.record({ ageMs: age });
const estimated = fc.record({
  ageMs: age,
  etaMs: fc.double({ min: -DAY_MS, max: DAY_MS, noNaN: true }),
  sigmaMs: fc.double({ min: 1_000, max: DAY_MS, noNaN: true }),
});
const scheduled = fc.record({ ageMs: age, notBeforeMs: fc.double({ min: -DAY_MS, max: DAY_MS, noNaN: true }) });
const outlooks: fc.Arbitrary<Outlook[]> = fc.array(fc.oneof(unknown, estimated, scheduled), {
  minLength: 1,
  maxLength: 20,
});

describe("nextPollDelay", () => {
  it("is never below the floor, and above the ceiling only while no wait can end", () => {
    fc.assert(
      fc.property(outlooks, random, (waits, chance) => {
        const delay = nextPollDelay(waits, chance);
        expect(delay).toBeGreaterThanOrEqual(FLOOR_MS);
        expect(delay).toBeLessThanOrEqual(LONGEST_SCHEDULED_QUIET_MS);
        const open = waits.some((wait) => wait.notBeforeMs === undefined && wait.etaMs === undefined);
        if (open) expect(delay).toBeLessThanOrEqual(CEILING_MS);
      }),
    );
  });

  it("never sleeps past the earliest end that a schedule allows, by more than a floor", () => {
    fc.assert(
      fc.property(fc.array(scheduled, { minLength: 1 }), random, (waits, chance) => {
        const earliest = Math.max(0, Math.min(...waits.map(({ notBeforeMs }) => notBeforeMs)));
        expect(nextPollDelay(waits, chance)).toBeLessThanOrEqual(Math.max(CEILING_MS, earliest));
      }),
    );
  });

  it("trusts an estimate for a minute at most, and only its lower bound", () => {
    const hourAway = { ageMs: 60_000, etaMs: 3_600_000, sigmaMs: 540_000 };
    expect(nextPollDelay([hourAway], 0.5)).toBe(LONGEST_QUIET_MS);
    const soon = { ageMs: 60_000, etaMs: 30_000, sigmaMs: 4_500 };
    expect(nextPollDelay([soon], 0.5)).toBe(21_000);
  });

  it("looks more often, the likelier an end is", () => {
    const delay = (outlook: Outlook, count = 1) =>
      nextPollDelay(
        Array.from({ length: count }, () => outlook),
        0.5,
      );
    expect(delay({ ageMs: 100_000 })).toBeGreaterThan(delay({ ageMs: 20_000 }));
    expect(delay({ ageMs: 100_000 }, 50)).toBeLessThan(delay({ ageMs: 100_000 }));
    expect(delay({ ageMs: 5_000 })).toBe(FLOOR_MS);
  });

  it("looks less often at what has hardly begun, and never more rarely than the ceiling", () => {
    fc.assert(
      fc.property(age, fc.double({ min: 0, max: 1, noNaN: true }), random, (ageMs, progress, chance) => {
        const begun = nextPollDelay([{ ageMs, progress }], chance);
        expect(begun).toBeGreaterThanOrEqual(nextPollDelay([{ ageMs }], chance));
        expect(begun).toBeLessThanOrEqual(CEILING_MS);
      }),
    );
    expect(nextPollDelay([{ ageMs: 1_000, progress: 0 }], 0.5)).toBeCloseTo(2_000);
    expect(nextPollDelay([{ ageMs: 10_000, progress: 0 }], 0.5)).toBe(CEILING_MS);
  });

  it("varies by a tenth", () => {
    const outlook = { ageMs: 45_000 };
    const [least, most] = [nextPollDelay([outlook], 0), nextPollDelay([outlook], 0.999_999)];
    expect(least).toBeCloseTo(2_700, 0);
    expect(most).toBeCloseTo(3_300, 0);
  });

  it("comes back to a wait that is long overdue", () => {
    const late = { ageMs: 600_000, etaMs: -300_000, sigmaMs: 1_000 };
    expect(nextPollDelay([late], 0.5)).toBe(CEILING_MS);
  });
});
