import * as fc from "fast-check";
import { expect, it } from "vitest";
import { TokenBucket } from "../../src/aws/token-bucket.ts";

it("whatever the polls cost, no window of time sees more calls than capacity and refill allow", () => {
  const polls = fc.array(fc.record({ gap: fc.nat(5_000), calls: fc.integer({ min: 1, max: 8 }) }), { maxLength: 200 });
  fc.assert(
    fc.property(polls, (all) => {
      const budget = new TokenBucket(0, { capacity: 10, refillPerSecond: 1 });
      const made: { at: number; calls: number }[] = [];
      let now = 0;
      for (const { gap, calls } of all) {
        now += gap;
        now += budget.take(now);
        made.push({ at: now, calls });
        budget.pay(calls - 1);
      }
      for (const [from, { at }] of made.entries()) {
        let sum = 0;
        for (const later of made.slice(from)) {
          // A poll's own pages are paid for afterwards: the last poll of a window may be one that is still owed.
          expect(sum).toBeLessThanOrEqual(10 + 8 + (later.at - at) / 1_000 + 1e-6);
          sum += later.calls;
        }
      }
    }),
  );
});
