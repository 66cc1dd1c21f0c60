import { describe, expect, it } from "vitest";
import type { Call } from "../../../src/sandbox/gateway/call.ts";
import { throttle } from "../../../src/sandbox/gateway/throttle.ts";

function callOf(operation: string, given: Partial<Call> = {}): Call {
  return {
    service: "ec2",
    operation,
    region: "us-east-1",
    principalArn: "arn:aws:iam::111122223333:user/gameday",
    requestId: "r",
    input: {},
    now: 0,
    ...given,
  };
}

/** How many of so many calls at once are let through. */
function granted(operation: string, options: { calls?: number; given?: Partial<Call> } = {}): number {
  const intercept = throttle();
  const calls = Array.from({ length: options.calls ?? 500 }, () => intercept(callOf(operation, options.given)));
  return calls.filter((fault) => fault === undefined).length;
}

describe("EC2's documented request rates", () => {
  it.each([
    ["DescribeSnapshots", { Filters: [{ Name: "status", Values: ["completed"] }] }, 100],
    ["DescribeSnapshots", { MaxResults: 1000 }, 100],
    ["DescribeSnapshots", { OwnerIds: ["self"] }, 50],
    ["DescribeVolumes", {}, 50],
    ["DescribeAvailabilityZones", {}, 100],
    ["CopySnapshot", {}, 50],
    ["CreateSnapshot", {}, 100],
    ["CreateTags", {}, 100],
    ["RunInstances", {}, 5],
  ])("%s %j: %d at once", (operation, input, capacity) => {
    expect(granted(operation, { given: { input } })).toBe(capacity);
  });

  it("fills a bucket again on the sandbox's clock", () => {
    const intercept = throttle();
    for (let call = 0; call < 5; call++) expect(intercept(callOf("RunInstances"))).toBeUndefined();
    expect(intercept(callOf("RunInstances", { now: 499 }))).toMatchObject({
      error: { code: "RequestLimitExceeded", status: 503 },
    });
    expect(intercept(callOf("RunInstances", { now: 1000 }))).toBeUndefined();
  });

  it("counts every Region by itself, and other services not at all", () => {
    const intercept = throttle();
    for (let call = 0; call < 6; call++) intercept(callOf("RunInstances"));
    expect(intercept(callOf("RunInstances"))).toBeDefined();
    expect(intercept(callOf("RunInstances", { region: "us-west-2" }))).toBeUndefined();
    expect(granted("RunInstances", { calls: 60, given: { service: "iam" } })).toBe(60);
  });
});
