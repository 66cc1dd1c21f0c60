import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const run = promisify(execFile);

export interface StandIn {
  /** What makes a process take it for AWS, but for the authority that vouches for it. */
  readonly env: Readonly<Record<string, string>>;
  /** Certificate of that authority, in PEM. */
  readonly authority: string;
  /** Hosts that were asked for. */
  readonly hosts: readonly string[];
}

/**
 * Answers the guard's calls at the host names of AWS itself, by HTTPS, with a certificate of an authority of its own. What names and
 * ports lead there (`/etc/hosts`, a resolver, a proxy) takes the place of in the process that is to be fooled.
 */
export async function standInForAws(folder: string): Promise<StandIn> {
  const { key, cert, authority } = await certificates(folder);
  const hosts: string[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    hosts.push(request.headers.host ?? "");
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const action = new URLSearchParams(Buffer.concat(parts).toString("utf8")).get("Action") ?? "";
      response.writeHead(200, { "content-type": "text/xml" });
      response.end(ANSWERS[action]);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const hook = join(folder, "hosts.cjs");
  await writeFile(hook, redirecting((server.address() as AddressInfo).port));
  const env = { NODE_OPTIONS: `--require ${hook}`, AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
  return { env, authority, hosts };
}

const ANSWERS: Readonly<Record<string, string>> = {
  GetCallerIdentity: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
    <Arn>arn:aws:iam::111122223333:user/pat</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>
    </GetCallerIdentityResult></GetCallerIdentityResponse>`,
  DescribeRegions: `<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>${[
    "us-east-1",
    "us-west-2",
  ]
    .map((name) => `<item><regionName>${name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>`)
    .join("")}</regionInfo></DescribeRegionsResponse>`,
};

function redirecting(port: number): string {
  return `const { Socket } = require("node:net");
const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (Number(options?.port) === 443) Object.assign(options, { host: "127.0.0.1", port: ${port} });
  return connect.apply(this, args);
};
`;
}

async function certificates(folder: string) {
  const at = (name: string) => join(folder, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const openssl = (...args: readonly string[]) => run("openssl", args);
  await openssl("req", "-x509", ...key, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-subj", "/CN=Nobody knows me");
  await openssl("req", ...key, "-keyout", at("aws.key"), "-out", at("aws.csr"), "-subj", "/CN=aws");
  await writeFile(at("names"), "subjectAltName=DNS:*.us-east-1.amazonaws.com,DNS:*.us-west-2.amazonaws.com\n");
  const signing = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("names")];
  await openssl("x509", "-req", "-in", at("aws.csr"), ...signing, "-out", at("aws.pem"));
  return { key: await readFile(at("aws.key")), cert: await readFile(at("aws.pem")), authority: at("ca.pem") };
}
