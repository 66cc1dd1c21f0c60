import { stat } from "node:fs/promises";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { DLM } from "@aws-sdk/client-dlm";
import { EC2 } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { SSM } from "@aws-sdk/client-ssm";
import { STS } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/time/system-clock.ts";
import { clientSettings } from "../client-settings.ts";
import { handDriven, HOUR, MINUTE, type HandDriven } from "../hand-driven.ts";
import { presign, send, sign, type Signing, type Wire } from "../signed-request.ts";

let driven: HandDriven;
beforeAll(async () => {
  driven = await handDriven();
});
afterAll(() => driven.close());

type Credentials = ReturnType<typeof clientSettings>["credentials"] & { readonly sessionToken?: string };

const WHO: Wire = {
  service: "sts",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: "Action=GetCallerIdentity&Version=2011-06-15",
};

function callsWith(credentials: Credentials): Readonly<Record<string, () => Promise<unknown>>> {
  const settings = { ...clientSettings(driven.sandbox), credentials };
  return {
    sts: () => new STS(settings).getCallerIdentity({}),
    iam: () => new IAM(settings).listRoles({}),
    ec2: () => new EC2(settings).describeVolumes({}),
    kms: () => new KMS(settings).listKeys({}),
    ssm: () => new SSM(settings).listCommands({}),
    dlm: () => new DLM(settings).getLifecyclePolicies({}),
    cloudwatch: () => new CloudWatch(settings).describeAlarms({}),
  };
}

async function refusalsOf(credentials: Credentials): Promise<Readonly<Record<string, string>>> {
  const calls = Object.entries(callsWith(credentials));
  const outcomes = calls.map(async ([name, call]) => [name, await refused(call)] as const);
  return Object.fromEntries(await Promise.all(outcomes));
}

async function refused(call: () => Promise<unknown>): Promise<string> {
  const error = await call().catch((thrown: unknown) => thrown);
  const { name, $metadata } = error as { name: string; $metadata: { httpStatusCode: number } };
  return `${name} ${$metadata.httpStatusCode}`;
}

const codeOf = async (answer: Response) => `${answer.status} ${/<Code>(\w+)/.exec(await answer.text())?.[1] ?? ""}`;
const who = async (signing: Signing = {}) => codeOf(await send(driven.sandbox, WHO, signing));

it.each(["__proto__", "constructor"])(
  "a signed header that is none, but a name of JavaScript's, is refused: %s",
  async (name) => {
    const { url, headers, body } = await sign(driven.sandbox, WHO);
    const authorization = headers["authorization"]!.replace(/SignedHeaders=/, `SignedHeaders=${name};`);
    const answer = await fetch(url, { method: "POST", headers: { ...headers, authorization }, body: body! });
    expect(await codeOf(answer)).toBe("403 SignatureDoesNotMatch");
  },
);

describe("the sandbox's key", () => {
  it("has AWS's shape and is another one in every sandbox", async () => {
    const other = await handDriven();
    const keys = [driven.sandbox.credentials, other.sandbox.credentials];
    await other.close();
    for (const { accessKeyId, secretAccessKey } of keys) {
      expect(accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
      expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    }
    expect(keys[0]).not.toEqual(keys[1]);
  });

  it("stands in files that only their owner can read", async () => {
    const { environment } = driven.sandbox;
    for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "GAMEDAY_SANDBOX_CURL"])
      expect((await stat(environment[name]!)).mode & 0o777, name).toBe(0o600);
  });

  it("is refused with another secret, as each service words it", async () => {
    const { accessKeyId } = driven.sandbox.credentials;
    expect(await refusalsOf({ accessKeyId, secretAccessKey: "sandbox" })).toEqual({
      sts: "SignatureDoesNotMatch 403",
      iam: "SignatureDoesNotMatch 403",
      ec2: "AuthFailure 401",
      kms: "InvalidSignatureException 400",
      ssm: "InvalidSignatureException 400",
      dlm: "InvalidSignatureException 403",
      cloudwatch: "SignatureDoesNotMatch 403",
    });
  });

  it("is not somebody else's", async () => {
    const { secretAccessKey } = driven.sandbox.credentials;
    expect(await refusalsOf({ accessKeyId: "AKIAGAMEDAYSANDBOX00", secretAccessKey })).toEqual({
      sts: "InvalidClientTokenId 403",
      iam: "InvalidClientTokenId 403",
      ec2: "AuthFailure 401",
      kms: "UnrecognizedClientException 403",
      ssm: "UnrecognizedClientException 403",
      dlm: "UnrecognizedClientException 403",
      cloudwatch: "InvalidClientTokenId 403",
    });
  });
});

describe("a request", () => {
  it("without a signature is refused, by GET as by POST", async () => {
    const { endpoint } = driven.sandbox;
    const credential = encodeURIComponent(
      `${driven.sandbox.credentials.accessKeyId}/20261120/us-east-1/ec2/aws4_request`,
    );
    const image = `${endpoint}/?Action=CreateVolume&Size=1&AvailabilityZone=us-east-1a&Version=2016-11-15`;
    expect((await fetch(image)).status).toBe(403);
    expect((await fetch(`${image}&X-Amz-Credential=${credential}`)).status).toBe(403);
    expect((await fetch(endpoint, { method: "POST", ...WHO })).status).toBe(403);
    expect(driven.sandbox.services.ec2.region("us-east-1").volumes.size).toBe(0);
  });

  it.each<[string, Partial<Wire>]>([
    ["whose body", { body: "Action=GetSessionToken&Version=2011-06-15" }],
    ["whose path", { path: "/other" }],
    ["whose query string", { path: "/?Action=GetSessionToken" }],
    ["whose content type", { headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" } }],
  ])("%s is another than was signed is refused", async (_what, change) => {
    const { headers } = await sign(driven.sandbox, WHO);
    const { path = "/", body = WHO.body } = change;
    const answer = await fetch(driven.sandbox.endpoint + path, {
      method: "POST",
      headers: { ...headers, ...change.headers },
      body: body!,
    });
    expect(await codeOf(answer)).toBe("403 SignatureDoesNotMatch");
  });

  it("that claims its body to be unsigned is refused: no operation served here takes that", async () => {
    const unsigned = { ...WHO, headers: { ...WHO.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } };
    expect(await codeOf(await send(driven.sandbox, unsigned))).toBe("403 SignatureDoesNotMatch");
  });

  it.each([
    ["no scope", "AWS4-HMAC-SHA256 Credential=AKIAX/x, SignedHeaders=host, Signature=0"],
    ["no signature", "AWS4-HMAC-SHA256 Credential=AKIAX/20261120/us-east-1/sts/aws4_request, SignedHeaders=host"],
    ["another algorithm", `AWS4-HMAC-SHA1 Credential=AKIAX/20261120/us-east-1/sts/aws4_request, SignedHeaders=host`],
    ["a signature that leaves the host out", "SignedHeaders"],
  ])("with %s is incomplete", async (_what, authorization) => {
    const { headers } = await sign(driven.sandbox, WHO);
    const changed = authorization === "SignedHeaders" ? headers["authorization"]!.replace(/host;/, "") : authorization;
    const answer = await fetch(driven.sandbox.endpoint, {
      method: "POST",
      headers: { ...headers, authorization: changed },
      body: WHO.body!,
    });
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([403, "IncompleteSignature"]);
  });

  it.each<[string, Wire]>([
    [
      "spaces, plus signs and letters of other alphabets in the query",
      { service: "sts", method: "GET", path: "/?Action=GetCallerIdentity&x=a%20b%2Bc%C3%A9&%C3%A9=&a=b~*" },
    ],
    ["spaces in a header", { ...WHO, headers: { ...WHO.headers, "x-amz-meta-note": "  a   b  " } }],
  ])("with %s is served", async (_what, wire) => {
    expect((await send(driven.sandbox, wire)).status).toBe(200);
  });
});

describe("a presigned URL", () => {
  const path = "/?Action=GetCallerIdentity&Version=2011-06-15";

  it("is served, and not when anything of it is changed", async () => {
    const url = await presign(driven.sandbox, { service: "sts", path });
    expect((await fetch(url)).status).toBe(200);
    expect(await codeOf(await fetch(url.replace("GetCallerIdentity", "GetSessionToken")))).toBe(
      "403 SignatureDoesNotMatch",
    );
    expect(await codeOf(await fetch(url.replace("X-Amz-Expires=60", "X-Amz-Expires=600000")))).toBe(
      "403 SignatureDoesNotMatch",
    );
  });

  it("ends when its own time is over, on the sandbox's clock and on the machine's", async () => {
    const signed = { at: new Date(driven.clock.now() - HOUR) };
    const over = await presign(driven.sandbox, { service: "sts", path }, { ...signed, expiresIn: 3_500 });
    expect(await codeOf(await fetch(over))).toBe("403 SignatureDoesNotMatch");
    const good = await presign(driven.sandbox, { service: "sts", path }, { ...signed, expiresIn: 7_200 });
    expect((await fetch(good)).status).toBe(200);
  });
});

describe("a signature's date", () => {
  const offsets = () => {
    const clocks = [driven.clock.now(), systemClock.now()];
    return { first: Math.min(...clocks), last: Math.max(...clocks) };
  };

  it("may be the sandbox's or the machine's time, and what lies between", async () => {
    const { first, last } = offsets();
    const dates = [first - 14 * MINUTE, (first + last) / 2, last + 14 * MINUTE];
    const answers = await Promise.all(dates.map((at) => who({ at: new Date(at) })));
    expect(answers).toEqual(["200 ", "200 ", "200 "]);
  });

  it("is refused a quarter of an hour outside of that", async () => {
    const { first, last } = offsets();
    const dates = [first - 60 * MINUTE, last + 60 * MINUTE];
    const answers = await Promise.all(dates.map((at) => who({ at: new Date(at) })));
    expect(answers).toEqual(["403 SignatureDoesNotMatch", "403 SignatureDoesNotMatch"]);
    const listing = { ...WHO, service: "ec2", body: "Action=DescribeVolumes&Version=2016-11-15" };
    expect(await codeOf(await send(driven.sandbox, listing, { at: new Date(first - 60 * MINUTE) }))).toBe(
      "400 RequestExpired",
    );
  });
});

describe("a session", () => {
  async function session(): Promise<Required<Credentials>> {
    const { Credentials: given } = await new STS(clientSettings(driven.sandbox)).getSessionToken({});
    return {
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
    };
  }

  it("is random, and served with all three of its parts", async () => {
    const [one, other] = [await session(), await session()];
    expect(one.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(one.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(Object.values(one).filter((part) => Object.values(other).includes(part))).toEqual([]);
    expect(await who({ credentials: one })).toBe("200 ");
  });

  it("is refused with another one's token or secret, or without a token", async () => {
    const [one, other] = [await session(), await session()];
    const { sessionToken: _token, ...bare } = one;
    expect(await who({ credentials: { ...one, sessionToken: other.sessionToken } })).toBe("403 InvalidClientTokenId");
    expect(await who({ credentials: bare })).toBe("403 InvalidClientTokenId");
    expect(await who({ credentials: { ...one, secretAccessKey: other.secretAccessKey } })).toBe(
      "403 SignatureDoesNotMatch",
    );
  });
});

describe("the controls", () => {
  it.each(["state", "inventory", "log"])("tell nobody %s who does not know the secret", async (what) => {
    const url = `${driven.sandbox.endpoint}/_gameday/${what}`;
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { headers: { "x-gameday-secret": "sandbox" } })).status).toBe(403);
    expect((await fetch(url, { headers: driven.sandbox.controlHeaders })).status).toBe(200);
  });

  it("let nobody move the clock who does not know it", async () => {
    const before = driven.clock.now();
    expect((await fetch(`${driven.sandbox.endpoint}/_gameday/advance?ms=${HOUR}`, { method: "POST" })).status).toBe(
      403,
    );
    expect(driven.clock.now() - before).toBeLessThan(HOUR);
  });
});
