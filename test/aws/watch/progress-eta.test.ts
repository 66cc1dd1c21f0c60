import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ProgressEta } from "../../../src/aws/watch/progress-eta.ts";

it("says nothing before two edges: the first value seen may have stood for long", () => {
  const eta = new ProgressEta();
  eta.look(0, 0.3);
  eta.look(10_000, 0.3);
  expect(eta.at(10_000)).toBeUndefined();
  eta.look(20_000, 0.4);
  expect(eta.at(20_000)).toBeUndefined();
  eta.look(30_000, 0.5);
  expect(eta.at(30_000)!.etaMs).toBeCloseTo(50_000);
});

it("is right within its own error for work that is linear", () => {
  const lengths = fc.integer({ min: 30_000, max: 7_200_000 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 3_000, max: 20_000 }), (lengthMs, everyMs) => {
      const eta = new ProgressEta();
      for (let now = 0; now < lengthMs; now += everyMs) {
        eta.look(now, Math.floor((100 * now) / lengthMs) / 100);
        const estimate = eta.at(now);
        if (!estimate) continue;
        expect(Math.abs(now + estimate.etaMs - lengthMs)).toBeLessThanOrEqual(2 * estimate.sigmaMs + lengthMs / 50);
      }
    }),
    { numRuns: 20 },
  );
});
