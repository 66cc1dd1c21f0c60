import { gzipSync } from "node:zlib";
import { request as httpRequest } from "node:http";
import { cbor } from "@smithy/core/cbor";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { DLM } from "@aws-sdk/client-dlm";
import { EC2 } from "@aws-sdk/client-ec2";
import { KMS } from "@aws-sdk/client-kms";
import { STS } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsError } from "../../../src/sandbox/service.ts";
import type { Fault } from "../../../src/sandbox/gateway/call.ts";
import { clientSettings } from "../client-settings.ts";
import { presign, send, sign, type Wire } from "../signed-request.ts";
import { handDriven, refusal, type HandDriven } from "../hand-driven.ts";

let driven: HandDriven;
let fault: Fault | undefined;

beforeAll(async () => {
  driven = await handDriven({ interceptors: [() => fault] });
});
afterAll(() => driven.close());

const DAY_MS = 86_400_000;

const FORM = { "content-type": "application/x-www-form-urlencoded" };

function post(service: string, { headers, ...init }: Partial<Wire>): Promise<Response> {
  return send(driven.sandbox, { service, headers: { ...FORM, ...headers }, ...init });
}

describe("routing", () => {
  it("takes Region and service from the credential scope", async () => {
    const identity = await new STS(clientSettings(driven.sandbox, "eu-west-1")).getCallerIdentity({});
    expect(identity).toMatchObject({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:user/gameday" });
    expect(driven.sandbox.world.log.at(-1)).toMatchObject({
      what: "call",
      id: "sts:GetCallerIdentity",
      region: "eu-west-1",
      state: "200",
      detail: { requestId: identity.$metadata.requestId },
    });
  });

  it("takes it from a presigned URL too", async () => {
    const url = await presign(driven.sandbox, {
      service: "sts",
      path: "/?Action=GetCallerIdentity&Version=2011-06-15",
    });
    expect(await (await fetch(url)).text()).toContain("<Account>111122223333</Account>");
  });

  it("answers 501 and names the operation that it does not have, in every protocol", async () => {
    const settings = clientSettings(driven.sandbox);
    const calls = [
      new EC2(settings).describeFpgaImages({}),
      new KMS(settings).generateRandom({}),
      new CloudWatch(settings).listDashboards({}),
    ];
    const outcomes = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
    expect(outcomes).toMatchObject([
      {
        name: "NotImplemented",
        message: "ec2:DescribeFpgaImages is not implemented by the gameday sandbox",
        $metadata: { httpStatusCode: 501 },
      },
      {
        name: "NotImplemented",
        message: "kms:GenerateRandom is not implemented by the gameday sandbox",
        $metadata: { httpStatusCode: 501 },
      },
      {
        name: "NotImplemented",
        message: "cloudwatch:ListDashboards is not implemented by the gameday sandbox",
        $metadata: { httpStatusCode: 501 },
      },
    ]);
  });

  it("answers 501 for a service that it does not have", async () => {
    const answer = await post("s3", { body: "" });
    expect(answer.status).toBe(501);
    expect(await answer.text()).toContain("The service s3 is not implemented by the gameday sandbox");
  });

  it.each(["constructor", "__proto__", "toString", "NoSuchThing"])("refuses the action %s", async (action) => {
    const answer = await post("ec2", { body: `Action=${action}` });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("<Code>InvalidAction</Code>");
  });

  it("knows no credentials in a Region that is not opted in to", async () => {
    const keys = new KMS(clientSettings(driven.sandbox, "ap-east-1"));
    expect(await refusal(keys.listKeys({}))).toMatch(/^UnrecognizedClientException:/);
  });
});

describe("malformed requests", () => {
  it.each([
    ["no operation", { service: "kms", body: "" }],
    ["JSON that is none", { service: "kms", body: "{", headers: { "x-amz-target": "TrentService.ListKeys" } }],
    ["JSON that is no object", { service: "kms", body: "[1]", headers: { "x-amz-target": "TrentService.ListKeys" } }],
    ["a boolean that is none", { service: "ec2", body: "Action=DescribeVolumes&DryRun=yes" }],
    ["a name nested too deeply", { service: "ec2", body: `Action=DescribeVolumes&${"a.".repeat(1000)}=1` }],
    [
      "CBOR that is none",
      {
        service: "monitoring",
        body: "\xff\xff",
        headers: { "smithy-protocol": "rpc-v2-cbor" },
        path: "/service/GraniteServiceVersion20100801/operation/ListMetrics",
      },
    ],
  ])("answers %s with an error, not a crash", async (_what, { service, ...wire }: Wire) => {
    const answer = await post(service, wire);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each<[string, Wire]>([
    ["kms", { service: "kms", headers: { "x-amz-target": "TrentService.DescribeKey" }, body: '{"KeyId":5}' }],
    ["kms", { service: "kms", headers: { "x-amz-target": "TrentService.CreateKey" }, body: '{"Tags":{"a":1}}' }],
    ["kms", { service: "kms", headers: { "x-amz-target": "TrentService.CreateKey" }, body: '{"Tags":[7]}' }],
    ["ssm", { service: "ssm", headers: { "x-amz-target": "AmazonSSM.GetParameters" }, body: '{"Names":"x"}' }],
    ["kms", { service: "kms", headers: { "x-amz-target": "TrentService.ListKeys" }, body: '{"Limit":1.5}' }],
    [
      "ssm",
      { service: "ssm", headers: { "x-amz-target": "AmazonSSM.SendCommand" }, body: '{"Parameters":{"commands":3}}' },
    ],
    [
      "dlm",
      {
        service: "dlm",
        path: "/policies",
        body: '{"Description":[],"ExecutionRoleArn":1,"State":{},"PolicyDetails":[]}',
      },
    ],
    [
      "cloudwatch in CBOR",
      {
        service: "monitoring",
        path: "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
        headers: { "smithy-protocol": "rpc-v2-cbor" },
        body: cbor.serialize({ AlarmNames: 3 }),
      },
    ],
  ])("answers a wrong type (%s) with SerializationException", async (_what, { service, ...wire }) => {
    const answer = await post(service, wire);
    const code = answer.headers.get("x-amzn-errortype") ?? answer.headers.get("x-amzn-query-error");
    expect([answer.status, code?.split(";")[0]]).toEqual([400, "SerializationException"]);
    expect(await answer.text()).not.toContain(".ts:");
  });

  it.each(["1.5", "1e1", "0x10", " 5", "", "9007199254740993", "Infinity"])(
    "takes no %j for an integer, in the query protocols and in URLs",
    async (text) => {
      const value = encodeURIComponent(text);
      const [ec2, sts, ebs] = await Promise.all([
        post("ec2", { body: `Action=DescribeVolumes&Version=2016-11-15&MaxResults=${value}` }),
        post("sts", { body: `Action=AssumeRole&Version=2011-06-15&DurationSeconds=${value}` }),
        post("ebs", { method: "GET", path: `/snapshots/snap-0123456789abcdef0/blocks?maxResults=${value}` }),
      ]);
      expect([ec2.status, await ec2.text()]).toEqual([
        400,
        expect.stringContaining("<Code>InvalidParameterValue</Code>"),
      ]);
      expect([sts.status, await sts.text()]).toEqual([400, expect.stringContaining("<Code>MalformedInput</Code>")]);
      expect([ebs.status, ebs.headers.get("x-amzn-errortype")]).toEqual([400, "SerializationException"]);
    },
  );

  it("takes decimals where CloudWatch has them, and there alone", async () => {
    const metric = "Namespace=N&MetricData.member.1.MetricName=m&MetricData.member.1.";
    const put = (member: string) =>
      post("monitoring", { body: `Action=PutMetricData&Version=2010-08-01&${metric}${member}` });
    expect((await put("Value=1.5e1")).status).toBe(200);
    expect((await put("Values.member.1=0.5&MetricData.member.1.Counts.member.1=2.0")).status).toBe(200);
    expect(await (await put("Value=1&MetricData.member.1.StorageResolution=1.5")).text()).toContain("MalformedInput");
    expect(await (await put("Value=a")).text()).toContain("must be a number");
  });

  it("takes null for no value", async () => {
    const headers = { "x-amz-target": "TrentService.ListKeys" };
    expect((await post("kms", { headers, body: '{"Limit":null,"Marker":null}' })).status).toBe(200);
  });

  it("refuses a body above 4 MiB", async () => {
    const answer = await post("ec2", { body: `Action=DescribeVolumes&x=${"y".repeat(4 << 20)}` });
    expect(answer.status).toBe(413);
  });

  it("refuses a small body that inflates above 4 MiB", async () => {
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    const answer = await post("ec2", { body: bomb, headers: { "content-encoding": "gzip" } });
    expect(answer.status).toBe(413);
  });

  it("reads a compressed body", async () => {
    const body = gzipSync("Action=GetCallerIdentity&Version=2011-06-15");
    const answer = await post("sts", { body, headers: { "content-encoding": "gzip" } });
    expect(answer.status).toBe(200);
  });

  it("names a missing parameter as EC2 does", async () => {
    const answer = await post("ec2", { body: "Action=DeleteVolume" });
    expect(await answer.text()).toContain(
      "<Code>MissingParameter</Code><Message>The request must contain the parameter VolumeId",
    );
  });
});

describe("the sandbox's clock", () => {
  it("is in the Date header, and SDKs that sign by it are served however far ahead it is", async () => {
    const sts = new STS(clientSettings(driven.sandbox));
    await driven.pass(40 * DAY_MS);
    const { headers } = await post("sts", { body: "Action=GetCallerIdentity" });
    expect(Math.abs(Date.parse(headers.get("date")!) - driven.clock.now())).toBeLessThan(2000);
    await sts.getCallerIdentity({});
    await driven.pass(40 * DAY_MS);
    await expect(sts.getCallerIdentity({})).resolves.toMatchObject({ Account: "111122223333" });
  });
});

describe("interceptors", () => {
  it.each<[string, Fault, object]>([
    [
      "an error",
      { kind: "error", error: new AwsError("Throttling", "Rate exceeded", 400) },
      { name: "Throttling", message: "Rate exceeded" },
    ],
    [
      "an answer that is none of AWS's",
      { kind: "raw", answer: { status: 503, headers: {}, body: "<html>busy" } },
      { $metadata: { httpStatusCode: 503 } },
    ],
    ["a dead connection", { kind: "disconnect" }, { code: "ECONNRESET" }],
  ])("can put %s in the way of a call", async (_what, wanted, outcome) => {
    fault = wanted;
    const met = await new DLM(clientSettings(driven.sandbox)).getLifecyclePolicies({}).catch((error: unknown) => error);
    fault = undefined;
    expect(met).toMatchObject(outcome);
    await expect(new DLM(clientSettings(driven.sandbox)).getLifecyclePolicies({})).resolves.toMatchObject({
      Policies: [],
    });
  });
});

describe("the controls under /_gameday/", () => {
  const control = (path: string, init: RequestInit = {}) =>
    fetch(`${driven.sandbox.endpoint}/_gameday/${path}`, { headers: driven.sandbox.controlHeaders, ...init });

  it("tell the state, the inventory and the log", async () => {
    expect(await (await control("state")).json()).toMatchObject({ account: "111122223333" });
    expect(await (await control("inventory")).json()).toEqual(expect.any(Array));
    expect(await (await control("log?from=1")).json()).toHaveLength(driven.sandbox.world.log.length - 1);
  });

  it("advance the clock", async () => {
    const before = driven.clock.now();
    expect((await control("advance?ms=60000", { method: "POST" })).status).toBe(200);
    expect(driven.clock.now() - before).toBeGreaterThanOrEqual(60_000);
  });

  it.each(["-1", "1e9", "", "99999999999999"])("refuse to advance by %j", async (ms) => {
    expect((await control(`advance?ms=${ms}`, { method: "POST" })).status).toBe(400);
  });
});

describe("a web page", () => {
  it.each(["/", "/_gameday/state"])(
    "is refused at %s, whatever it signs, whether it names its origin or led here by its own name",
    async (path) => {
      const { headers } = await sign(driven.sandbox, {
        service: "ssm",
        method: "GET",
        headers: { "x-amz-target": "AmazonSSM.DescribeInstanceInformation" },
      });
      const signed = { ...headers, ...driven.sandbox.controlHeaders };
      expect(await statusFor(path, signed)).toBe(200);
      expect(await statusFor(path, { ...signed, "sec-fetch-site": "cross-site" })).toBe(403);
      expect(await statusFor(path, { ...signed, "sec-fetch-site": "same-site" })).toBe(403);
      expect(await statusFor(path, { ...signed, origin: "http://127.0.0.1" })).toBe(403);
      expect(await statusFor(path, { ...signed, host: "attacker.example" })).toBe(403);
      expect(await statusFor(path, { ...signed, host: "127.0.0.1.attacker.example" })).toBe(403);
    },
  );
});

function statusFor(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(driven.sandbox.endpoint + path, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    call.on("error", reject);
    call.end();
  });
}
