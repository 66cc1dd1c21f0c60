import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { checkEndpointAnswers } from "../../../src/cli/aws/endpoint-answers.ts";
import { endpointOf, isSimulated, withoutCredentials } from "../../../src/cli/aws/endpoint.ts";
import { systemClock } from "../../../src/time/system-clock.ts";

it.each(["garbage", "http://", "http:///x", "ftp://example.org", "https://[1"])(
  "AWS_ENDPOINT_URL=%s is told with the variable's name",
  (endpoint) => {
    expect(() => endpointOf({ env: { AWS_ENDPOINT_URL: endpoint } })).toThrow(`AWS_ENDPOINT_URL is "${endpoint}"`);
  },
);

it.each([undefined, ""])("AWS_ENDPOINT_URL=%s is none", (endpoint) => {
  expect(endpointOf({ env: { AWS_ENDPOINT_URL: endpoint } })).toBeUndefined();
});

it("an endpoint where nothing listens is refused at once, and one that listens is not", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await checkEndpointAnswers(endpoint, systemClock);
  await new Promise((resolve) => server.close(resolve));
  await expect(checkEndpointAnswers(endpoint, systemClock)).rejects.toMatchObject({
    details: {
      message: `AWS_ENDPOINT_URL is ${endpoint}, and nothing answers there (ECONNREFUSED)`,
      next: expect.stringContaining("start gameday sandbox"),
      consequence: "refused",
    },
  });
});

it.each([
  [undefined, false],
  ["https://vpce-0123-abcd.ec2.us-east-1.vpce.amazonaws.com", false],
  ["https://ec2.us-east-1.api.aws", false],
  ["https://EC2.cn-north-1.amazonaws.com.cn/", false],
  ["http://127.0.0.1:4566", true],
  ["https://amazonaws.com.example.org", true],
  ["https://notamazonaws.com", true],
  ["nonsense", true],
])("what answers at %s: simulated %s", (endpoint, simulated) => {
  expect(isSimulated(endpoint)).toBe(simulated);
});

it("an endpoint is journaled without credentials", () => {
  expect(withoutCredentials("http://user:secret@localhost:4566/?token=secret")).toBe("http://localhost:4566");
});
