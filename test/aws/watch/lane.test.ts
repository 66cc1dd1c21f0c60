import { EC2 } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../../src/aws/connection.ts";
import { Failure } from "../../../src/engine/failure.ts";
import type { Fault } from "../../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../../src/sandbox/service.ts";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { connectionOptions, startAwsRig, type AwsRig } from "../aws-rig.ts";

let rig: AwsRig;
let fault: ((operation: string) => Fault | undefined) | undefined;
beforeAll(async () => {
  rig = await startAwsRig({ interceptors: [(call) => fault?.(call.operation)] });
});
afterEach(() => {
  fault = undefined;
});
afterAll(() => rig.close());

const region = "us-west-2";

async function newVolume(): Promise<string> {
  const ec2 = new EC2(clientSettings(rig.sandbox, region));
  const { VolumeId } = await rig.clock.during(() => ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 }));
  ec2.destroy();
  return VolumeId!;
}

const untilAvailable = (scope = rig.scope(), id = "") =>
  scope.watch.until({
    region,
    kind: "ec2.volume",
    id,
    judge: ({ seen }) =>
      seen === undefined ? { failed: new Error("gone") } : seen.State === "available" ? "done" : "wait",
  });

describe("a lane", () => {
  it("sees a change soon after it happened", async () => {
    const id = await newVolume();
    await untilAvailable(rig.scope(), id);
    const truth = rig.sandbox.world.log.find((entry) => entry.id === id && entry.state === "available")!;
    expect(rig.clock.now() - truth.at).toBeLessThan(1_500);
  });

  it("serves a hundred waits with the calls of one", async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, newVolume));
    const scope = rig.scope();
    await Promise.all(ids.map((id) => untilAvailable(scope, id)));
    expect(scope.calls.filter(({ operation }) => operation === "DescribeVolumes").length).toBeLessThan(12);
    expect(scope.observations.filter(({ state }) => state === "available")).toHaveLength(100);
  });

  it("finds more than fit in a filter by the run's tag, and others that lack it by their ids", async () => {
    const scope = rig.scope();
    const ec2 = new EC2(clientSettings(rig.sandbox, region));
    const tagged = { ResourceType: "volume", Tags: [{ Key: "gameday:run", Value: scope.runId }] } as const;
    const create = (index: number) =>
      ec2.createVolume({
        AvailabilityZone: "us-west-2a",
        Size: 1,
        ...(index < 240 ? { TagSpecifications: [{ ...tagged, Tags: [...tagged.Tags] }] } : {}),
      });
    const made = await rig.clock.during(() => Promise.all(Array.from({ length: 250 }, (_, index) => create(index))));
    ec2.destroy();
    await Promise.all(made.map(({ VolumeId }) => untilAvailable(scope, VolumeId)));
    const polls = scope.calls.filter(({ operation }) => operation === "DescribeVolumes").length;
    expect(polls).toBeLessThan(24);
    expect(scope.observations.filter(({ state }) => state === "available")).toHaveLength(250);
  });

  it("takes not-found for not-yet-visible at first, and for gone after a minute", async () => {
    const began = rig.clock.now();
    await expect(untilAvailable(rig.scope(), "vol-00000000000000001")).rejects.toThrow("gone");
    expect(rig.clock.now() - began).toBeGreaterThanOrEqual(60_000);
    expect(rig.clock.now() - began).toBeLessThan(70_000);
  });

  it("journals each state once, with the service's own instant", async () => {
    const scope = rig.scope();
    const id = await newVolume();
    await untilAvailable(scope, id);
    await untilAvailable(scope, id);
    expect(scope.observations.map(({ state }) => state)).toEqual(["creating", "available"]);
    expect(scope.observations[0]).toMatchObject({
      region,
      kind: "ec2.volume",
      id,
      serviceAt: expect.stringMatching(/Z$/),
    });
  });

  it("waits out being throttled", async () => {
    const id = await newVolume();
    let refusals = 0;
    fault = (operation) =>
      operation === "DescribeVolumes" && refusals++ < 1
        ? { kind: "error", error: new AwsError("RequestLimitExceeded", "Request limit exceeded.", 503) }
        : undefined;
    await untilAvailable(rig.scope(), id);
    expect(refusals).toBeGreaterThan(1);
  });

  it("fails at once when AWS says no", async () => {
    const id = await newVolume();
    fault = (operation) =>
      operation === "DescribeVolumes"
        ? { kind: "error", error: new AwsError("UnauthorizedOperation", "You are not authorized.", 403) }
        : undefined;
    const began = rig.clock.now();
    const error = await untilAvailable(rig.scope(), id).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).details).toMatchObject({
      code: "access-denied",
      next: "grant it: gameday permissions a-drill",
    });
    expect(rig.clock.now() - began).toBeLessThan(5_000);
  });

  it("ends one wait when its scope is aborted, and goes on for the others", async () => {
    const id = await newVolume();
    const [stopped, going] = [rig.scope(), rig.scope()];
    const waits = [untilAvailable(stopped, id).catch((error: unknown) => error), untilAvailable(going, id)];
    stopped.abort(new Error("stop"));
    expect(await waits[0]).toMatchObject({ message: "stop" });
    expect(await waits[1]).toMatchObject({ state: "available" });
  });

  it("does not wait before what a schedule says can happen", async () => {
    const id = await newVolume();
    await untilAvailable(rig.scope(), id);
    const scope = rig.scope();
    const expectedAt = rig.clock.now() + 5 * 3_600_000;
    await scope.watch.until({
      region,
      kind: "ec2.volume",
      id,
      expectedAt,
      judge: () => (rig.clock.now() >= expectedAt ? "done" : "wait"),
    });
    expect(scope.calls.length).toBeLessThanOrEqual(7);
  });

  it("says what AWS answered last when the time of a wait ends while every look fails", async () => {
    const connection = connect({ ...connectionOptions(rig), sdkRetries: { attempts: 1, delayMs: 0 } });
    const scope = rig.scope({ connection });
    fault = () => ({ kind: "error", error: new AwsError("InternalError", "We are sorry", 500) });
    const over = new AbortController();
    const wait = scope.watch.until({
      region,
      kind: "ec2.volume",
      id: "vol-1",
      judge: () => "done",
      signal: over.signal,
    });
    const failed = expect(wait).rejects.toMatchObject({
      details: {
        code: "step-timed-out",
        message: expect.stringMatching(
          /^too long; its last look failed: ec2:DescribeVolumes in us-west-2: InternalError/,
        ),
      },
    });
    while (scope.calls.length === 0) await rig.clock.sleep(1_000);
    await rig.clock.sleep(1_000);
    over.abort(new Failure({ code: "step-timed-out", message: "too long", fixer: "operator", consequence: "timeout" }));
    await failed;
    await connection.close();
  });

  it("refuses to watch what is lost", async () => {
    const scope = rig.scope({ primaryRefused: true });
    const wait = scope.watch.until({ region: "us-east-1", kind: "ec2.volume", id: "vol-1", judge: () => "done" });
    await expect(wait).rejects.toMatchObject({ details: { code: "primary-region-called" } });
    expect(scope.calls).toEqual([]);
    expect(scope.findings).toMatchObject([{ code: "primary-region-called", severity: "critical" }]);
  });
});
