import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gameday, throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";
import { sandboxOf, type StandaloneSandbox } from "./standalone-sandbox.ts";

/** Nothing is made: what matters is where the guard's calls go, and what becomes of the word "live". */
const DRILL = `apiVersion: gameday/v1
name: quick
description: The shortest drill there is.
objectives: { rto: 1h }
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
recover:
  - { id: ok, uses: command.run, with: { command: [node, --version] } }
`;

const SERVICES = ["STS", "EC2", "EBS", "SSM", "IAM", "KMS", "DLM"];

interface Place {
  readonly cwd: string;
  readonly sandbox: StandaloneSandbox;
  readonly keys: Readonly<Record<string, string>>;
}

let place: Place;

async function placeOf(): Promise<Place> {
  const sandbox = await sandboxOf();
  const cwd = await throwAwayFolder();
  await writeFile(join(cwd, "quick.yaml"), DRILL);
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = sandbox.environment;
  return { cwd, sandbox, keys: { HOME: cwd, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } };
}

async function expectEmulated(ran: Awaited<ReturnType<typeof gameday>>, of: Place): Promise<void> {
  expect(ran.stdout).toContain("(simulated)");
  expect(of.sandbox.operations()).toContain("sts:GetCallerIdentity");
  const bundle = /bundle: (\S+)/.exec(ran.stdout)?.[1] ?? "";
  const verified = await gamedayHere(["verify", bundle], { cwd: of.cwd });
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining("evidence emulated") });
  const liveOnly = await gamedayHere(["verify", bundle, "--live-only"], { cwd: of.cwd });
  expect(liveOnly.code).not.toBe(0);
  expect(liveOnly.stdout + liveOnly.stderr).toContain("its evidence is emulated, not live");
  expect(liveOnly.stdout + liveOnly.stderr).toContain(of.sandbox.endpoint);
}

describe("a run on a sandbox is never live", () => {
  it("when seven AWS_ENDPOINT_URL_<SERVICE> lead there, it is refused before the first call", async () => {
    place = await placeOf();
    const urls = SERVICES.map((service) => [`AWS_ENDPOINT_URL_${service}`, place.sandbox.endpoint]);
    const env = { ...place.keys, ...(Object.fromEntries(urls) as Record<string, string>) };
    const ran = await gameday(["run", "quick.yaml", "--plain"], { cwd: place.cwd, env });
    expect(ran.code).toBe(7);
    expect(ran.stderr).toContain("a run takes place on AWS or elsewhere, not on both");
    expect(ran.stderr).toContain(`set AWS_ENDPOINT_URL=${place.sandbox.endpoint} for all services`);
    expect(place.sandbox.operations()).toEqual([]);
  });

  it.each([
    ["AWS_PROFILE", []],
    ["--profile", ["--profile", "local"]],
  ])("when endpoint_url of the profile that %s names leads there, it is emulated", async (_by, options) => {
    place = await placeOf();
    const config = join(place.cwd, "aws-config");
    const { AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: secret = "" } = place.sandbox.environment;
    const settings = [
      `endpoint_url = ${place.sandbox.endpoint}`,
      `aws_access_key_id = ${id}`,
      `aws_secret_access_key = ${secret}`,
    ];
    await writeFile(config, `[profile local]\n${settings.join("\n")}\n`);
    const env = { AWS_CONFIG_FILE: config, ...(options.length === 0 ? { AWS_PROFILE: "local" } : {}) };
    await expectEmulated(await gameday(["run", "quick.yaml", "--plain", ...options], { cwd: place.cwd, env }), place);
  });

  it("when the AWS_CONFIG_FILE that gameday sandbox prints leads there, it is emulated", async () => {
    place = await placeOf();
    const { AWS_ENDPOINT_URL: _unset, ...env } = place.sandbox.environment;
    await expectEmulated(await gameday(["run", "quick.yaml", "--plain"], { cwd: place.cwd, env }), place);
  });
});
