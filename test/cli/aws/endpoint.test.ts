import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkEndpointAnswers } from "../../../src/cli/aws/endpoint-answers.ts";
import { configuredEndpoints, withoutCredentials } from "../../../src/cli/aws/endpoint.ts";
import { placeOfRun } from "../../../src/cli/aws/place-of-run.ts";
import { systemClock } from "../../../src/time/system-clock.ts";

const CONFIG = `
[default]
region = us-east-1
[profile local]
endpoint_url = http://127.0.0.1:4566
services = here
[services here]
ec2 =
  endpoint_url = http://127.0.0.1:4567
s3 =
  endpoint_url = http://127.0.0.1:9000
[profile private]
services = vpc
[services vpc]
ec2 =
  endpoint_url = https://vpce-0123-abcd.ec2.us-east-1.vpce.amazonaws.com
[profile deaf]
endpoint_url = http://127.0.0.1:4566
ignore_configured_endpoint_urls = true
use_fips_endpoint = true
[profile lost]
services = nowhere
`;

async function env(variables: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-endpoint-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "config"), CONFIG);
  return { HOME: folder, AWS_CONFIG_FILE: join(folder, "config"), ...variables };
}

const placeWith = async (variables: Readonly<Record<string, string>>, profile?: string) =>
  placeOfRun({ env: await env(variables) }, { profile, region: "us-east-1" });

it.each(["garbage", "http://", "http:///x", "ftp://example.org", "https://[1"])(
  "AWS_ENDPOINT_URL=%s is told with the variable's name",
  async (endpoint) => {
    const asked = configuredEndpoints({ env: await env({ AWS_ENDPOINT_URL: endpoint }) });
    await expect(asked).rejects.toThrow(`AWS_ENDPOINT_URL is "${endpoint}"`);
  },
);

it.each([undefined, ""])("AWS_ENDPOINT_URL=%s is none", async (endpoint) => {
  const found = await configuredEndpoints({ env: { ...(await env()), AWS_ENDPOINT_URL: endpoint } });
  expect(found.general).toBeUndefined();
});

it("an endpoint where nothing listens is refused at once, and one that listens is not", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoint = { url, from: "endpoint_url of profile local" };
  await checkEndpointAnswers(endpoint, systemClock);
  await new Promise((resolve) => server.close(resolve));
  await expect(checkEndpointAnswers(endpoint, systemClock)).rejects.toMatchObject({
    details: {
      message: `endpoint_url of profile local is ${url}, and nothing answers there (ECONNREFUSED)`,
      next: expect.stringContaining("start gameday sandbox"),
      consequence: "refused",
    },
  });
});

describe("what decides where requests go", () => {
  it("is read by AWS's own order: the service's variable, AWS_ENDPOINT_URL, the services section, endpoint_url", async () => {
    const of = async (variables: Readonly<Record<string, string>>, profile?: string) => {
      const { general, services } = await configuredEndpoints({ env: await env(variables) }, profile);
      return [general?.from, ...[...services].map(([service, { url }]) => `${service} ${url}`)];
    };
    expect(await of({})).toEqual([undefined]);
    const section = ["ec2 http://127.0.0.1:4567", "s3 http://127.0.0.1:9000"];
    expect(await of({}, "local")).toEqual(["endpoint_url of profile local", ...section]);
    expect(await of({ AWS_PROFILE: "local" })).toEqual(["endpoint_url of profile local", ...section]);
    const variable = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    expect(await of(variable, "local")).toEqual(["AWS_ENDPOINT_URL"]);
    const own = { ...variable, AWS_ENDPOINT_URL_SSM: "http://127.0.0.1:2" };
    expect(await of(own, "local")).toEqual(["AWS_ENDPOINT_URL", "ssm http://127.0.0.1:2"]);
    expect(await of({ ...own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }, "local")).toEqual([undefined]);
  });

  it("is taken from the profile where no variable says otherwise", async () => {
    const asked = async (variables: Readonly<Record<string, string>>) =>
      configuredEndpoints({ env: await env(variables) }, "deaf");
    expect(await asked({})).toEqual({ services: new Map(), variant: { fips: true, dualstack: false } });
    const heard = await asked({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false", AWS_USE_FIPS_ENDPOINT: "false" });
    expect(heard).toMatchObject({ general: { url: "http://127.0.0.1:4566" }, variant: { fips: false } });
  });

  it("is refused where a profile names a services section that is not there", async () => {
    await expect(placeWith({}, "lost")).rejects.toMatchObject({
      details: { code: "bad-endpoint", consequence: "refused", message: expect.stringContaining("section nowhere") },
    });
  });
});

describe("a run takes place", () => {
  it.each([
    ["on AWS", {}, undefined, false],
    ["on AWS through an interface endpoint of its VPC", {}, "private", false],
    ["on AWS whatever proxy is in between", { HTTPS_PROXY: "http://127.0.0.1:3128" }, undefined, false],
    ["elsewhere by a profile", {}, "local", true],
    ["elsewhere by AWS_ENDPOINT_URL", { AWS_ENDPOINT_URL: "http://127.0.0.1:4566" }, undefined, true],
    [
      "elsewhere by a host that only looks like AWS's",
      { AWS_ENDPOINT_URL: "https://amazonaws.com.evil.test" },
      undefined,
      true,
    ],
    ["elsewhere where AWS's host is called without TLS", { AWS_ENDPOINT_URL: "http://amazonaws.com" }, undefined, true],
  ] as const)("%s", async (_what, variables, profile, simulated) => {
    expect(await placeWith(variables, profile)).toMatchObject({ simulated });
  });

  it.each([
    ["a service that nobody has named would go to AWS", { AWS_ENDPOINT_URL_EC2: "http://127.0.0.1:4566" }],
    ["a service that gameday never calls goes elsewhere", { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000" }],
    [
      "one goes to AWS and the others elsewhere",
      { AWS_ENDPOINT_URL: "http://127.0.0.1:4566", AWS_ENDPOINT_URL_STS: "https://sts.us-east-1.amazonaws.com" },
    ],
    [
      "one host of AWS's is to stand for all",
      { AWS_ENDPOINT_URL: "https://vpce-0-a.ec2.us-east-1.vpce.amazonaws.com" },
    ],
  ])("nowhere when %s", async (_what, variables) => {
    await expect(placeWith(variables)).rejects.toMatchObject({
      details: { code: "endpoints-mixed", consequence: "refused", next: expect.stringContaining("AWS_ENDPOINT_URL") },
    });
  });
});

it("an endpoint is journaled without credentials", () => {
  expect(withoutCredentials("http://user:secret@localhost:4566/?token=secret")).toBe("http://localhost:4566");
});
