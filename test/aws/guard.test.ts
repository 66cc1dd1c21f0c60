import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connect, type ConnectionOptions } from "../../src/aws/connection.ts";
import { checkGuard } from "../../src/aws/guard.ts";
import type { Failure } from "../../src/engine/failure.ts";
import type { Fault } from "../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { connectionOptions, startAwsRig, type AwsRig } from "./aws-rig.ts";

const HOUR_MS = 3_600_000;
let rig: AwsRig;
let fault: ((operation: string) => Fault | undefined) | undefined;
beforeAll(async () => {
  rig = await startAwsRig({ interceptors: [(call) => fault?.(call.operation)] });
});
afterEach(() => {
  fault = undefined;
});
afterAll(() => rig.close());

async function guard(more: Partial<ConnectionOptions> = {}, accounts = ["111122223333"], regions?: { dr: string }) {
  const connection = connect({ ...connectionOptions(rig), ...more });
  const kept = rig.scope({ connection });
  const scope = { ...kept, regions: { ...kept.regions, ...regions } };
  try {
    const identity = await checkGuard({ connection, scope, accounts, neededMs: HOUR_MS });
    return { identity, calls: kept.calls };
  } catch (error) {
    return { refusal: (error as Failure).details, calls: kept.calls };
  } finally {
    await connection.close();
  }
}

describe("the guard", () => {
  it("lets an allowed account pass, and says who we are", async () => {
    const { identity, calls } = await guard();
    expect(identity).toMatchObject({ account: "111122223333", arn: expect.stringMatching(/^arn:aws:/) });
    expect(Object.keys(identity!.clockOffsetMs)).toEqual(["us-east-1", "us-west-2"]);
    expect(calls.map(({ operation }) => operation)).toEqual([
      "GetCallerIdentity",
      "DescribeRegions",
      "GetCallerIdentity",
    ]);
  });

  it("refuses any other account after a single call", async () => {
    const { refusal, calls } = await guard({}, ["999900001111"]);
    expect(refusal).toMatchObject({
      code: "wrong-account",
      consequence: "refused",
      message: expect.stringMatching(/of account 111122223333 .* allows 999900001111/),
    });
    expect(calls.map(({ operation }) => operation)).toEqual(["GetCallerIdentity"]);
  });

  it("refuses a Region the account has not opted in to", async () => {
    const { refusal } = await guard({}, undefined, { dr: "ap-east-1" });
    expect(refusal).toMatchObject({ code: "region-not-opted-in", consequence: "refused" });
  });

  it("refuses a Region that AWS does not know", async () => {
    const { refusal } = await guard({}, undefined, { dr: "eu-nowhere-1" });
    expect(refusal).toMatchObject({ code: "unknown-region", fixer: "drill author", consequence: "refused" });
  });

  it("refuses credentials that end before the drill may, and cannot be refreshed", async () => {
    const expiration = new Date(rig.clock.now() + HOUR_MS / 2);
    const credentials = { ...rig.sandbox.credentials, expiration };
    const { refusal, calls } = await guard({ credentials });
    expect(refusal).toMatchObject({ code: "credentials-too-short", consequence: "refused" });
    expect(calls).toEqual([]);
  });

  it("refuses when there are no credentials, before any call", async () => {
    const { credentials: _none, ...options } = connectionOptions(rig);
    const connection = connect({ ...options, profile: "nobody-has-such-a-profile" });
    const scope = rig.scope({ connection });
    const refusal = checkGuard({ connection, scope, accounts: [], neededMs: HOUR_MS });
    await expect(refusal).rejects.toMatchObject({ details: { code: "no-credentials", consequence: "refused" } });
    expect(scope.calls).toEqual([]);
    const call = (await scope.aws.ec2("us-west-2")).describeVolumes({});
    await expect(call).rejects.toMatchObject({ details: { code: "no-credentials", fixer: "operator" } });
    await connection.close();
  });

  it("refuses when AWS rejects the credentials", async () => {
    fault = () => ({
      kind: "error",
      error: new AwsError("InvalidClientTokenId", "The security token is invalid.", 403),
    });
    expect((await guard()).refusal).toMatchObject({
      code: "credentials-invalid",
      consequence: "refused",
      fixer: "operator",
    });
  });

  it("acts in the assumed role, under the run's session name", async () => {
    const { IAM } = await import("@aws-sdk/client-iam");
    const iam = new IAM({ ...connectionOptions(rig), endpoint: rig.sandbox.endpoint, region: "us-east-1" } as object);
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::111122223333:root" }, Action: "sts:AssumeRole" }],
    });
    const { Role } = await iam.createRole({ RoleName: "drill", AssumeRolePolicyDocument });
    iam.destroy();
    const { identity, refusal } = await guard({ assumeRole: { roleArn: Role!.Arn!, sessionName: "gameday-01RUN" } });
    expect(refusal).toBeUndefined();
    expect(identity!.arn).toBe("arn:aws:sts::111122223333:assumed-role/drill/gameday-01RUN");
  });
});
