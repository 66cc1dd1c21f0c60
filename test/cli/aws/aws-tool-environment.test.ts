import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { awsFor } from "../../../src/aws/aws-for.ts";
import { CLIENT_LOADERS, type ServiceName } from "../../../src/aws/clients.ts";
import { connect, type AwsConnection } from "../../../src/aws/connection.ts";
import { awsToolEnvironment } from "../../../src/cli/aws/aws-tool-environment.ts";
import { configuredEndpoints, endpointOptions } from "../../../src/cli/aws/endpoint.ts";
import { startAwsRig } from "../../aws/aws-rig.ts";
import { systemClock } from "../../../src/time/system-clock.ts";

/** A server that answers nothing useful, and keeps what was asked of it. */
async function listener(): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(/\/([a-z0-9]+)\/aws4_request/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    response.writeHead(400).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

it("Terraform is sent to the very endpoints that the run's own clients use, of every service", async () => {
  const [general, own] = [await listener(), await listener()];
  const env = {
    HOME: "/nowhere",
    AWS_ENDPOINT_URL: general.url,
    AWS_ENDPOINT_URL_EC2: own.url,
    AWS_ENDPOINT_URL_S3: own.url,
  };
  const credentials = { accessKeyId: "AKIAGAMEDAYSANDBOX00", secretAccessKey: "x" };
  const options = endpointOptions(await configuredEndpoints({ env }));
  const connection: AwsConnection = connect({ clock: systemClock, credentials, ...options });
  const rig = await startAwsRig();
  onTestFinished(() => rig.close());
  const scope = rig.scope({ connection });
  const tools = await awsToolEnvironment(connection, scope);
  const forTools = (service: string) => tools[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? tools["AWS_ENDPOINT_URL"];
  const aws = awsFor(connection, scope);
  for (const service of Object.keys(CLIENT_LOADERS) as ServiceName[]) {
    const expected = service === "ec2" ? own.url : general.url;
    expect([service, connection.endpointOf(service), forTools(service)]).toEqual([service, expected, expected]);
  }
  await (await aws.ec2("us-west-2", { retries: false })).describeVolumes({}).catch(() => undefined);
  await (await aws.sts("us-west-2", { retries: false })).getCallerIdentity({}).catch(() => undefined);
  await (await aws.cloudwatch("us-west-2", { retries: false })).describeAlarms({}).catch(() => undefined);
  expect([general.asked, own.asked]).toEqual([["sts", "monitoring"], ["ec2"]]);
  expect(tools).toMatchObject({
    AWS_ENDPOINT_URL_S3: own.url,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
    AWS_USE_FIPS_ENDPOINT: "false",
  });
  await connection.close();
});

it("on AWS itself Terraform uses FIPS and dual-stack endpoints where the run does, and no endpoint of anybody's", async () => {
  const env = { HOME: "/nowhere", AWS_USE_FIPS_ENDPOINT: "true" };
  const credentials = { accessKeyId: "AKIAGAMEDAYSANDBOX00", secretAccessKey: "x" };
  const connection = connect({
    clock: systemClock,
    credentials,
    ...endpointOptions(await configuredEndpoints({ env })),
  });
  const rig = await startAwsRig();
  onTestFinished(() => rig.close());
  const tools = await awsToolEnvironment(connection, rig.scope({ connection }));
  expect(Object.keys(tools).filter((name) => name.startsWith("AWS_ENDPOINT_URL"))).toEqual([]);
  expect(tools).toMatchObject({ AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "false" });
  const ec2 = await connection.client({ service: "ec2", region: "us-west-2", mode: "single" });
  expect(await ec2.config.useFipsEndpoint()).toBe(true);
  await connection.close();
});
