import * as fc from "fast-check";
import { expect, it } from "vitest";
import { RequestBucket } from "../../src/aws/request-bucket.ts";
import { throttle } from "../../src/sandbox/gateway/throttle.ts";

const RUN_INSTANCES = { capacity: 5, refillPerSecond: 2 };
const CALL = {
  service: "ec2",
  operation: "RunInstances",
  region: "us-west-2",
  principalArn: "arn:aws:iam::111122223333:user/gameday",
  requestId: "r",
  input: {},
};

const request = fc.record({
  /** Since the one before was let through. */
  idleMs: fc.oneof(fc.constant(0), fc.nat(4_000)),
  latencyMs: fc.oneof(fc.constant(0), fc.nat(500), fc.nat(8_000)),
  /** The part of the latency after which it arrives. */
  arrives: fc.double({ min: 0, max: 1, noNaN: true }),
});

it("no request is refused that it lets through, however long the ways there and back take", () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
      // A hair slower than the sandbox's: sums of fractions are not exact.
      const bucket = new RequestBucket(0, { ...RUN_INSTANCES, refillPerSecond: 1.999_9 });
      const arrivals: number[] = [];
      let now = 0;
      let underWay: number[] = [];
      const passTo = (instant: number) => {
        underWay = underWay.toSorted((a, b) => a - b);
        while (underWay[0] !== undefined && underWay[0] <= instant) bucket.answered(underWay.shift()!);
        now = instant;
      };
      for (const { idleMs, latencyMs, arrives } of requests) {
        passTo(now + idleMs);
        for (let waitMs = bucket.untilFree(now); waitMs > 0; waitMs = bucket.untilFree(now)) {
          passTo(Math.min(now + waitMs, underWay[0] ?? Infinity));
        }
        bucket.sent();
        underWay.push(now + latencyMs);
        arrivals.push(now + latencyMs * arrives);
      }
      const intercept = throttle();
      for (const [index, at] of arrivals.toSorted((a, b) => a - b).entries()) {
        expect(intercept({ ...CALL, now: at }), `request ${index}`).toBeUndefined();
      }
    }),
    { numRuns: 300 },
  );
});

it("gives all there is at once, and then what flows in", () => {
  const bucket = new RequestBucket(0, RUN_INSTANCES);
  for (let sent = 0; sent < 5; sent++) {
    expect(bucket.untilFree(0)).toBe(0);
    bucket.sent();
  }
  expect(bucket.untilFree(0)).toBe(Infinity);
  bucket.answered(0);
  expect(bucket.untilFree(0)).toBe(500);
  expect(bucket.untilFree(200)).toBe(300);
  expect(bucket.untilFree(500)).toBe(0);
});

it("does not count on what would have flowed in while the requests were on their way", () => {
  const bucket = new RequestBucket(0, RUN_INSTANCES);
  for (let sent = 0; sent < 5; sent++) bucket.sent();
  for (let answer = 0; answer < 5; answer++) bucket.answered(3_000);
  expect(bucket.untilFree(3_000)).toBe(500);
});
