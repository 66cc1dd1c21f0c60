import { getEventListeners } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { awsForPolls } from "../../src/aws/aws-for.ts";
import { connect } from "../../src/aws/connection.ts";
import { Failure } from "../../src/engine/failure.ts";
import type { Call, Fault } from "../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { connectionOptions, startAwsRig, type AwsRig, type KeptScope } from "./aws-rig.ts";

const STOP = new Error("stop");
const VOLUME = { AvailabilityZone: "us-west-2a", Size: 1 };
let rig: AwsRig;
let onCall: ((call: Call) => Fault | undefined) | undefined;
beforeAll(async () => {
  rig = await startAwsRig({ interceptors: [(call) => onCall?.(call)] });
});
afterEach(() => {
  onCall = undefined;
});
afterAll(() => rig.close());

/** The scope is aborted while AWS has the call. */
function abortDuring(scope: KeptScope, fault?: Fault): void {
  onCall = () => {
    scope.abort(STOP);
    return fault;
  };
}

async function failureOf(call: Promise<unknown>): Promise<Failure["details"]> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).details;
}

const calledOf = () => rig.sandbox.world.log.flatMap(({ what, id }) => (what === "call" ? [id] : []));

describe("a call whose scope is aborted while it is going on", () => {
  it("is cut off when it only reads, with the abort's reason, and journaled as cut off", async () => {
    const scope = rig.scope();
    const ec2 = await scope.aws.ec2("us-west-2", { retries: false });
    abortDuring(scope, { kind: "hang" });
    await expect(ec2.describeVolumes({})).rejects.toBe(STOP);
    expect(scope.calls).toStrictEqual([
      {
        service: "ec2",
        operation: "DescribeVolumes",
        region: "us-west-2",
        startedAt: "2026-11-20T09:00:00.000Z",
        durationMs: 0,
        attempts: 1,
        origins: [rig.sandbox.endpoint],
        errorCode: "AbortError",
      },
    ]);
  });

  it("is heard out when it changes something: what it has made is known", async () => {
    const scope = rig.scope();
    const ec2 = await scope.aws.ec2("us-west-2", { retries: false });
    abortDuring(scope);
    const { VolumeId } = await ec2.createVolume(VOLUME);
    expect((await rig.sandbox.inventory()).map(({ id }) => id)).toContain(VolumeId);
    expect(scope.calls).toMatchObject([{ operation: "CreateVolume", status: 200 }]);
    expect(scope.calls[0]).not.toHaveProperty("errorCode");
  });

  it("fails with what AWS says, not with the abort, when AWS has refused it", async () => {
    const scope = rig.scope();
    const ec2 = await scope.aws.ec2("us-west-2", { retries: false });
    abortDuring(scope, { kind: "error", error: new AwsError("VolumeLimitExceeded", "no", 400) });
    expect(await failureOf(ec2.createVolume(VOLUME))).toMatchObject({ code: "quota-exceeded" });
  });

  it("ends with the connection, whatever it does", async () => {
    const connection = connect(connectionOptions(rig));
    const scope = rig.scope({ connection });
    const ec2 = await scope.aws.ec2("us-west-2", { retries: false });
    onCall = () => {
      void connection.close();
      return { kind: "hang" };
    };
    await expect(ec2.createVolume(VOLUME)).rejects.toMatchObject({ name: "AbortError" });
    await expect(ec2.describeVolumes({})).rejects.toBeDefined();
  });

  it("is not sent when it still waits for its turn", async () => {
    const scope = rig.scope();
    const ec2 = await scope.aws.ec2("us-west-2", { retries: false });
    const before = calledOf().length;
    const call = ec2.createVolume(VOLUME);
    scope.abort(STOP);
    await expect(call).rejects.toBe(STOP);
    expect(calledOf()).toHaveLength(before);
    expect(scope.calls).toEqual([]);
  });

  it("leaves no listener on the signal that lives for days", async () => {
    const scope = rig.scope();
    const ec2 = await scope.aws.ec2("us-west-2");
    await ec2.describeVolumes({});
    expect(getEventListeners(scope.signal, "abort")).toEqual([]);
    expect(getEventListeners(rig.connection.closed, "abort")).toEqual([]);
  });
});

describe("after the abort of a scope", () => {
  it("what stops something is still sent", async () => {
    const scope = rig.scope();
    const ssm = await scope.aws.ssm("us-west-2", { retries: false });
    scope.abort(STOP);
    await expect(ssm.describeInstanceInformation({})).rejects.toBe(STOP);
    await failureOf(ssm.cancelCommand({ CommandId: "11111111-2222-3333-4444-555555555555" }));
    expect(scope.calls.map(({ operation }) => operation)).toEqual(["CancelCommand"]);
  });

  it("a poll that several scopes share goes on for the others", async () => {
    const scope = rig.scope();
    const ec2 = await awsForPolls(rig.connection, scope).ec2("us-west-2", { retries: false });
    scope.abort(STOP);
    expect((await ec2.describeVolumes({})).Volumes).toBeDefined();
    onCall = () => ({ kind: "error", error: new AwsError("InvalidParameterValue", "no", 400) });
    expect(await failureOf(ec2.describeVolumes({}))).toMatchObject({ code: "invalid-request" });
  });

  it("such a poll goes before the calls of single steps that wait for their turn", async () => {
    const connection = connect(connectionOptions(rig));
    const scope = rig.scope({ connection });
    const [ec2, polls] = [await scope.aws.ec2("us-west-2"), await awsForPolls(connection, scope).ec2("us-west-2")];
    const order: string[] = [];
    onCall = ({ input }) => void order.push(input["MaxResults"] === 1000 ? "poll" : "step");
    // More at once than AWS takes: those that are too many wait.
    const calls = Array.from({ length: 100 }, () => ec2.describeVolumes({}));
    await Promise.all([...calls, polls.describeVolumes({ MaxResults: 1000 })]);
    expect(order).toHaveLength(101);
    expect(order.indexOf("poll")).toBeLessThan(100);
    await connection.close();
  });
});
