import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLIENT_LOADERS, type ServiceName } from "../../src/aws/clients.ts";
import { isAwsOrigin } from "../../src/regions/aws-origin.ts";
import { KNOWN_REGIONS } from "../../src/regions/known-regions.ts";
import { PARTITIONS } from "../../src/regions/partitions.ts";

const EC2 = { service: "ec2", region: "us-east-1" };

describe("a host is AWS's", () => {
  it("for every endpoint that the SDK's own rules yield, of every service, Region and kind", async () => {
    const variants = [false, true].flatMap((UseFIPS) =>
      [false, true].map((UseDualStack) => ({ UseFIPS, UseDualStack })),
    );
    let asked = 0;
    for (const service of Object.keys(CLIENT_LOADERS) as ServiceName[]) {
      const Client = await CLIENT_LOADERS[service]();
      const client = new Client({ region: "us-east-1" } as never);
      const { endpointProvider } = client.config as unknown as {
        readonly endpointProvider: (parameters: object) => { readonly url: URL };
      };
      for (const region of KNOWN_REGIONS)
        for (const variant of variants) {
          const { origin } = urlOf(() => endpointProvider({ Region: region, ...variant })) ?? {};
          if (origin === undefined) continue;
          asked++;
          expect([origin, isAwsOrigin(origin, { service, region })]).toEqual([origin, true]);
        }
      client.destroy();
    }
    expect(asked).toBeGreaterThan(800);
  });

  it.each([
    "https://vpce-0123abcd-xyz.ec2.us-east-1.vpce.amazonaws.com",
    "https://vpce-0123abcd-xyz-us-east-1a.ec2.us-east-1.vpce.amazonaws.com",
    "https://EC2.US-EAST-1.AMAZONAWS.COM",
    "https://ec2.us-east-1.api.aws",
  ])("%s", (origin) => {
    expect(isAwsOrigin(origin, EC2)).toBe(true);
  });
});

function urlOf(resolve: () => { readonly url: URL }): URL | undefined {
  try {
    return resolve().url;
  } catch {
    // FIPS or dual-stack where a partition has none.
    return undefined;
  }
}

describe("a host is not AWS's", () => {
  it.each([
    "http://ec2.us-east-1.amazonaws.com",
    "https://ec2.us-east-1.amazonaws.com:8443",
    "https://ec2.us-east-1.amazonaws.com.",
    "https://ec2.us-east-1.amazonaws.com/",
    "https://ec2.us-east-1.amazonaws.com@evil.test",
    "https://evil.test#.amazonaws.com",
    "https://ec2.us-east-1.evil-amazonaws.com",
    "https://evil-amazonaws.com",
    "https://ec2.us-east-1-amazonaws.com",
    "https://ec2xamazonaws.com",
    "https://amazonaws.com",
    "https://amazonaws.com.evil.test",
    "https://ec2.us-east-1.amazonaws.com.evil.test",
    "https://ec2.us-east-1.amazonaws.com.cn",
    "https://127.0.0.1",
    "https://[::1]",
    "https://localhost",
    "https://ec2-203-0-113-7.compute-1.amazonaws.com",
    "https://a1b2c3.execute-api.us-east-1.amazonaws.com",
    "https://mine-123.us-east-1.elb.amazonaws.com",
    "https://vpce-0123-abcd.vpce-svc-0123.us-east-1.vpce.amazonaws.com",
    "https://sts.us-east-1.amazonaws.com",
    "https://ec2.amazonaws.com\nx",
    "",
  ])("%j", (origin) => {
    expect(isAwsOrigin(origin, EC2)).toBe(false);
  });

  it("whatever stands before or after a suffix of AWS's, unless a dot parts a service and a Region from it", () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
    const suffix = fc.constantFrom(...PARTITIONS.flatMap(({ dnsSuffixes }) => dnsSuffixes));
    fc.assert(
      fc.property(
        label,
        suffix,
        label,
        fc.constantFrom("", ":80", ".", "@x.test", "/x"),
        (before, name, after, end) => {
          const hosts = [
            `${before}${name}`,
            `ec2.us-east-1.${before}${name}`,
            `ec2.us-east-1${before}${name}`,
            `ec2.us-east-1.${name}.${after}`,
            `${name}`,
          ];
          for (const host of hosts) expect(isAwsOrigin(`https://${host}${end}`, EC2)).toBe(false);
          if (end !== "") expect(isAwsOrigin(`https://ec2.us-east-1.${name}${end}`, EC2)).toBe(false);
        },
      ),
    );
  });
});
