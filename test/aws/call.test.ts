import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { awsFor } from "../../src/aws/aws-for.ts";
import { connect } from "../../src/aws/connection.ts";
import { Failure } from "../../src/engine/failure.ts";
import type { Fault } from "../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { connectionOptions, startAwsRig, type AwsRig } from "./aws-rig.ts";

let rig: AwsRig;
let fault: ((operation: string) => Fault | undefined) | undefined;
beforeAll(async () => {
  rig = await startAwsRig({ interceptors: [(call) => fault?.(call.operation)] });
});
afterEach(() => {
  fault = undefined;
});
afterAll(() => rig.close());

const failing = (code: string, status: number, times = Infinity) => {
  let left = times;
  fault = () =>
    left-- > 0 ? { kind: "error", error: new AwsError(code, `AWS says\u2028 ${code}\nindeed`, status) } : undefined;
};

const HTML_500: Fault = {
  kind: "raw",
  answer: {
    status: 500,
    headers: { "content-type": "text/html" },
    body: "<html><h1>Internal Server Error</h1></html>",
  },
};

async function failureOf(call: Promise<unknown>): Promise<Failure["details"]> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).details;
}

describe("a call", () => {
  it("is recorded to the scope that made it, although the client is shared", async () => {
    const [one, other] = [rig.scope(), rig.scope()];
    rig.clock.advance(1_000);
    fault = () => void rig.clock.advance(250);
    const [first, second] = [await one.aws.ec2("us-west-2"), await other.aws.ec2("us-west-2")];
    await first.describeVolumes({});
    await second.describeSnapshots({ OwnerIds: ["self"] });
    expect(Object.getPrototypeOf(first)).toBe(Object.getPrototypeOf(second));
    expect(one.calls).toMatchObject([
      { service: "ec2", operation: "DescribeVolumes", region: "us-west-2", status: 200, attempts: 1 },
    ]);
    expect(one.calls[0]!.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(one.calls[0]!.durationMs).toBe(250);
    expect(other.calls.map(({ operation }) => operation)).toEqual(["DescribeSnapshots"]);
  });

  it("that succeeded but cannot be journaled fails with that, and is no error of AWS's", async () => {
    const full = new Error("no space left on device");
    const told: (string | undefined)[] = [];
    const recordCall = async ({ errorCode }: { readonly errorCode?: string }) => {
      told.push(errorCode);
      throw full;
    };
    const aws = awsFor(rig.connection, { ...rig.scope(), recordCall });
    await expect((await aws.ec2("us-west-2")).describeVolumes({})).rejects.toBe(full);
    expect(told).toEqual([undefined]);
  });

  it("goes through the scope in paginators too", async () => {
    const { paginateDescribeVolumes } = await import("@aws-sdk/client-ec2");
    const scope = rig.scope();
    for await (const page of paginateDescribeVolumes({ client: await scope.aws.ec2("us-west-2") }, { MaxResults: 5 }))
      expect(page.Volumes).toEqual([]);
    expect(scope.calls).toHaveLength(1);
  });

  it("is retried by the SDK, except where a repeat could make a second thing", async () => {
    const scope = rig.scope();
    failing("InternalError", 500, 2);
    await (await scope.aws.ec2("us-west-2")).describeVolumes({});
    expect(scope.calls[0]).toMatchObject({ attempts: 3, status: 200 });
    failing("InternalError", 500, 1);
    const single = await scope.aws.ec2("us-west-2", { retries: false });
    const details = await failureOf(single.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 }));
    expect(details).toMatchObject({ code: "aws-trouble", again: "look-first" });
    expect(scope.calls[1]).toMatchObject({ attempts: 1, status: 500, errorCode: "InternalError" });
  });

  it("to the lost primary Region is refused before it is sent", async () => {
    const scope = rig.scope({ primaryRefused: true });
    const details = await failureOf((await scope.aws.ec2("us-east-1")).describeVolumes({}));
    expect(details).toMatchObject({ code: "primary-region-called", fixer: "drill author" });
    expect(details.retryable).toBe(false);
    expect(scope.calls).toEqual([]);
    expect(scope.findings).toMatchObject([
      { code: "primary-region-called", severity: "critical", message: expect.stringContaining("us-east-1") },
    ]);
    await (await scope.aws.ec2("us-west-2")).describeVolumes({});
  });

  it("is not sent any more once the scope is aborted", async () => {
    const scope = rig.scope();
    const ec2 = await scope.aws.ec2("us-west-2");
    scope.abort(new Error("stop"));
    await expect(ec2.describeVolumes({})).rejects.toThrow("stop");
    expect(scope.calls).toEqual([]);
  });
});

describe("where a call goes", () => {
  it("is journaled as it was sent, once for each service and Region", async () => {
    const connection = connect(connectionOptions(rig));
    const scope = rig.scope({ connection });
    const [ec2, elsewhere] = [await scope.aws.ec2("us-west-2"), await scope.aws.ec2("us-east-1")];
    for (const client of [ec2, ec2, elsewhere, ec2]) await client.describeVolumes({});
    const { endpoint } = rig.sandbox;
    expect(scope.calls.map(({ origins }) => origins)).toEqual([[endpoint], undefined, [endpoint], undefined]);
    await connection.close();
  });

  it("is journaled for calls that fail, too, and is nowhere for one that sent nothing", async () => {
    const unknown = { credentials: undefined, profile: "nobody-has-such-a-profile" };
    const { credentials: _credentials, ...options } = connectionOptions(rig);
    for (const [connection, origins] of [
      [connect(connectionOptions(rig)), [rig.sandbox.endpoint]],
      [connect({ ...options, profile: unknown.profile }), []],
    ] as const) {
      failing("InvalidParameterValue", 400);
      const scope = rig.scope({ connection });
      await failureOf((await scope.aws.ec2("us-west-2", { retries: false })).describeVolumes({}));
      expect(scope.calls).toMatchObject([{ origins }]);
      await connection.close();
    }
  });

  it("is not where environment and AWS configuration say: they have been read before, for all alike", async () => {
    const listed = { AWS_ENDPOINT_URL_EC2: "http://127.0.0.1:1", AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    const before = Object.keys(listed).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, listed);
    try {
      const { endpoint: _endpoint, ...options } = connectionOptions(rig);
      const connection = connect(options);
      const client = await connection.client({ service: "ec2", region: "us-west-2", mode: "single" });
      const hosts: string[] = [];
      client.middlewareStack.add(
        () => async (args) => {
          hosts.push((args.request as { hostname: string }).hostname);
          throw new Error("seen");
        },
        { step: "finalizeRequest", name: "see", priority: "low" },
      );
      await expect(client.describeVolumes({})).rejects.toThrow("seen");
      expect(hosts).toEqual(["ec2.us-west-2.amazonaws.com"]);
      await connection.close();
    } finally {
      for (const [name, value] of before)
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });

  it.each([
    ["AWS", undefined, "not to AWS"],
    ["a service's own endpoint", { ec2: "http://127.0.0.1:1" }, "not to http://127.0.0.1:1"],
  ])(
    "cannot be changed behind a run's back: one that should go to %s is not sent",
    async (_to, serviceEndpoints, why) => {
      const { endpoint: _endpoint, ...options } = connectionOptions(rig);
      const connection = connect({ ...options, ...(serviceEndpoints ? { serviceEndpoints } : {}) });
      const client = await connection.client({ service: "ec2", region: "us-west-2", mode: "single" });
      const { hostname, port } = new URL(rig.sandbox.endpoint);
      client.middlewareStack.add(
        (next) => (args) => {
          Object.assign(args.request as object, { protocol: "http:", hostname, port: Number(port) });
          return next(args);
        },
        { step: "finalizeRequest", name: "redirect", priority: "low" },
      );
      const calls = rig.sandbox.world.log.length;
      const ec2 = await rig.scope({ connection }).aws.ec2("us-west-2", { retries: false });
      const details = await failureOf(ec2.describeVolumes({}));
      expect(details).toMatchObject({
        code: "request-redirected",
        retryable: false,
        message: expect.stringContaining(why),
      });
      expect(rig.sandbox.world.log.length).toBe(calls);
      await connection.close();
    },
  );
});

describe("an error of AWS", () => {
  it.each([
    ["UnauthorizedOperation", 403, { code: "access-denied", next: "grant it: gameday permissions a-drill" }],
    ["AccessDeniedException", 400, { code: "access-denied", fixer: "operator" }],
    ["ExpiredToken", 400, { code: "credentials-expired", next: "refresh the credentials, then: gameday resume 01RUN" }],
    ["AuthFailure", 401, { code: "credentials-invalid", fixer: "operator" }],
    ["ResourceLimitExceeded", 400, { code: "quota-exceeded", fixer: "operator" }],
    ["VcpuLimitExceeded", 400, { code: "quota-exceeded", fixer: "operator" }],
    ["InsufficientInstanceCapacity", 400, { code: "no-capacity" }],
    ["InvalidVolume.NotFound", 400, { code: "not-found" }],
    ["InvalidParameterValue", 400, { code: "invalid-request", fixer: "drill author" }],
    ["KMSInvalidStateException", 400, { code: "kms-key-unusable", fixer: "operator" }],
    ["SomethingNew", 400, { code: "aws-error", fixer: "AWS" }],
  ])("%s becomes a failure that says what to do", async (awsCode, status, expected) => {
    failing(awsCode, status);
    const scope = rig.scope();
    const ec2 = await scope.aws.ec2("us-west-2", { retries: false });
    const details = await failureOf(ec2.describeVolumes({}));
    // With new credentials where they have expired, and else not again.
    expect(scope.calls).toHaveLength(awsCode === "ExpiredToken" ? 2 : 1);
    expect(details).toMatchObject({ ...expected, awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(details.message).toBe(`ec2:DescribeVolumes in us-west-2: ${awsCode}: AWS says  ${awsCode} indeed`);
  });

  it("of throttling may be sent again, for it had no effect", async () => {
    failing("RequestLimitExceeded", 503);
    const ec2 = await rig.scope().aws.ec2("us-west-2", { retries: false });
    const details = await failureOf(ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 }));
    expect(details).toMatchObject({ code: "throttled", again: "safe" });
  });

  it("that is a page of HTML is told by its HTTP status, and whose endpoint it is", async () => {
    fault = () => HTML_500;
    const scope = rig.scope();
    const ssm = await scope.aws.ssm("us-west-2", { retries: false });
    const details = await failureOf(ssm.describeInstanceInformation({}));
    const { endpoint } = rig.sandbox;
    expect(details).toMatchObject({
      code: "aws-trouble",
      fixer: "operator",
      message: `ssm:DescribeInstanceInformation in us-west-2: HTTP 500, without a word from ${endpoint}`,
      next: `see what ${endpoint} writes of it in its own log, then try again`,
    });
    expect(scope.calls).toMatchObject([{ status: 500, errorCode: "UnknownError" }]);
    const ec2 = await scope.aws.ec2("us-west-2", { retries: false });
    expect(await failureOf(ec2.describeVolumes({}))).toMatchObject({
      code: "aws-trouble",
      message: `ec2:DescribeVolumes in us-west-2: HTTP 500, without a word from ${endpoint}`,
    });
  });

  it("does not tell the password that an endpoint's URL may hold", async () => {
    const { endpoint } = rig.sandbox;
    const withPassword = endpoint.replace("//", "//me:pass-phrase@");
    const connection = connect({ ...connectionOptions(rig), endpoint: withPassword });
    fault = () => HTML_500;
    const ec2 = await rig.scope({ connection }).aws.ec2("us-west-2", { retries: false });
    const { message, next } = await failureOf(ec2.describeVolumes({}));
    expect(message).toContain(`from ${endpoint}`);
    expect(message + next).not.toContain("pass-phrase");
    await connection.close();
  });

  it("of expiry is met with new credentials, once", async () => {
    const scope = rig.scope();
    failing("ExpiredToken", 400, 1);
    await (await scope.aws.ec2("us-west-2", { retries: false })).describeVolumes({});
    expect(scope.calls.map(({ errorCode }) => errorCode)).toEqual(["ExpiredToken", undefined]);
  });
});

it("a server that never answers is given up", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const connection = connect({ ...connectionOptions(rig), endpoint, requestTimeoutMs: 50 });
  const ec2 = await awsFor(connection, rig.scope()).ec2("us-west-2", { retries: false });
  const details = await failureOf(ec2.describeVolumes({}));
  expect(details).toMatchObject({ code: "aws-unreachable", fixer: "operator" });
  await connection.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});
