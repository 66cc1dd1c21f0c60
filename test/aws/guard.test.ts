import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connect, type ConnectionOptions } from "../../src/aws/connection.ts";
import { checkGuard } from "../../src/aws/guard.ts";
import type { Failure } from "../../src/engine/failure.ts";
import type { Call, Fault } from "../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { CLOCKS_APART_MS } from "../../src/time/clock.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { connectionOptions, startAwsRig, type AwsRig } from "./aws-rig.ts";

const HOUR_MS = 3_600_000;
let rig: AwsRig;
let fault: ((call: Call) => Fault | undefined) | undefined;
beforeAll(async () => {
  rig = await startAwsRig({ interceptors: [(call) => fault?.(call)] });
});
afterEach(() => {
  fault = undefined;
});
afterAll(() => rig.close());

const ACCOUNTS = ["111122223333"];

async function guard(more: Partial<ConnectionOptions> = {}, accounts = ACCOUNTS, regions?: { dr: string }) {
  const connection = connect({ ...connectionOptions(rig), ...more });
  const kept = rig.scope({ connection });
  const scope = { ...kept, regions: { ...kept.regions, ...regions } };
  try {
    const identity = await checkGuard({ connection, scope, accounts, neededMs: HOUR_MS });
    return { identity, calls: kept.calls, findings: kept.findings };
  } catch (error) {
    return { refusal: (error as Failure).details, calls: kept.calls, findings: kept.findings };
  } finally {
    await connection.close();
  }
}

const credentialsFor = (ms: number) => ({ ...rig.sandbox.credentials, expiration: new Date(rig.clock.now() + ms) });

const ANOTHER_ACCOUNT: Fault = {
  kind: "after",
  after: { output: (output) => ({ ...output, Account: "999900001111" }) },
};

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

  it("refuses every account where the drill allows none", async () => {
    const { refusal } = await guard({}, []);
    expect(refusal).toMatchObject({ code: "wrong-account", message: expect.stringMatching(/allows none$/) });
  });

  it("refuses where the DR Region's answer is of another account", async () => {
    fault = ({ operation, region }) =>
      operation === "GetCallerIdentity" && region === "us-west-2" ? ANOTHER_ACCOUNT : undefined;
    const { refusal } = await guard();
    expect(refusal).toMatchObject({
      code: "wrong-account",
      consequence: "refused",
      message: expect.stringContaining("of account 999900001111"),
    });
  });

  it("asks once where both are one Region", async () => {
    const { identity, calls } = await guard({}, ACCOUNTS, { dr: "us-east-1" });
    expect(Object.keys(identity!.clockOffsetMs)).toEqual(["us-east-1"]);
    expect(calls.map(({ operation }) => operation)).toEqual(["GetCallerIdentity", "DescribeRegions"]);
  });

  it("refuses a Region the account has not opted in to", async () => {
    const { refusal } = await guard({}, undefined, { dr: "ap-east-1" });
    expect(refusal).toMatchObject({
      code: "region-not-opted-in",
      consequence: "refused",
      fixer: "operator",
      next: expect.stringContaining("aws account enable-region --region-name ap-east-1"),
    });
  });

  it("refuses a Region that AWS does not know", async () => {
    const { refusal } = await guard({}, undefined, { dr: "eu-nowhere-1" });
    expect(refusal).toMatchObject({
      code: "unknown-region",
      fixer: "drill author",
      consequence: "refused",
      message: "AWS knows no Region eu-nowhere-1",
      next: "correct `regions` in the drill",
    });
  });

  it("refuses credentials that end before the drill may, and cannot be refreshed", async () => {
    const { refusal, calls } = await guard({ credentials: credentialsFor(HOUR_MS - 60_000) });
    expect(refusal).toMatchObject({
      code: "credentials-too-short",
      consequence: "refused",
      message: expect.stringMatching(/end in 59m .*may take 1h/),
    });
    expect(calls).toEqual([]);
  });

  it("lets credentials pass that live exactly as long as the drill may take", async () => {
    expect(await guard({ credentials: credentialsFor(HOUR_MS) })).toMatchObject({ identity: { account: ACCOUNTS[0] } });
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

describe("clocks that are apart", () => {
  /** AWS tells whole seconds, which count as half a second further. */
  const machineThatIs = (ms: number) =>
    guard({ clock: new VirtualClock({ speed: 0, startAt: Math.floor(rig.clock.now() / 1000) * 1000 + ms }) });

  it.each([
    [6 * 60_000 + 500, "6m 00s"],
    [-6 * 60_000 + 500, "-6m 00s"],
    [CLOCKS_APART_MS + 500, "5.0s"],
  ])("are a finding: recovery points are off by as much (%s ms)", async (ms, apart) => {
    const { identity, findings } = await machineThatIs(ms);
    expect(identity!.clockOffsetMs).toEqual({ "us-east-1": ms - 500, "us-west-2": ms - 500 });
    expect(findings).toMatchObject([
      { code: "clock-offset", severity: "warning", message: expect.stringContaining(`are ${apart}`) },
    ]);
  });

  it("are none while nobody would notice", async () => {
    const { identity, findings } = await machineThatIs(CLOCKS_APART_MS + 499);
    expect(identity!.clockOffsetMs["us-east-1"]).toBe(CLOCKS_APART_MS - 1);
    expect(findings).toEqual([]);
  });

  it("are told of the Region whose clock is further off", async () => {
    fault = ({ operation, region }) => {
      if (operation === "GetCallerIdentity" && region === "us-west-2") rig.clock.advance(60_000);
      return undefined;
    };
    const { findings } = await machineThatIs(500);
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining("AWS's in us-west-2")]);
  });

  it("leave what fails beside AWS as it is: a journal that cannot be written is no refusal", async () => {
    const full = new Error("no space left on device");
    const clock = new VirtualClock({ speed: 0, startAt: rig.clock.now() + HOUR_MS });
    const connection = connect({ ...connectionOptions(rig), clock });
    const scope = { ...rig.scope({ connection }), finding: () => Promise.reject(full) };
    const request = { connection, scope, accounts: ACCOUNTS, neededMs: HOUR_MS };
    await expect(checkGuard(request)).rejects.toBe(full);
    await connection.close();
  });
});
