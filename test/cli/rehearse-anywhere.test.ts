import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { gameday, throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";

const SHIPPED = join(import.meta.dirname, "../../drills/ebs-snapshot-copy/drill.yaml");

const CONFIG = `[default]
region = nowhere
endpoint_url = http://127.0.0.1:1
services = missing
use_fips_endpoint = true
use_dualstack_endpoint = true
retry_mode = none
max_attempts = many
[profile nobody]
role_arn = arn:aws:iam::999988887777:role/x
source_profile = nobody
`;

/** All that the environment of a user of AWS may hold, at its worst. */
const SURROUNDINGS = {
  AWS_ENDPOINT_URL: "nonsense",
  AWS_ENDPOINT_URL_EC2: "http://127.0.0.1:1",
  AWS_USE_FIPS_ENDPOINT: "true",
  AWS_USE_DUALSTACK_ENDPOINT: "true",
  AWS_PROFILE: "nobody",
  AWS_RETRY_MODE: "none",
  AWS_MAX_ATTEMPTS: "many",
  AWS_DEFAULTS_MODE: "none",
  AWS_REGION: "nowhere",
};

it.each([
  // What the AWS SDK makes of the environment shows in a process of its own only.
  ["us-gov-west-1", "us-gov-east-1", gameday],
  ["mx-central-1", "af-south-1", gamedayHere],
])("a rehearsal in %s and %s passes, whatever environment and AWS files say", async (primary, dr, rehearsing) => {
  const cwd = await throwAwayFolder();
  const drill = await readFile(SHIPPED, "utf8");
  await writeFile(join(cwd, "d.yaml"), drill.replaceAll("us-east-1", primary).replaceAll("us-west-2", dr));
  await writeFile(join(cwd, "config"), CONFIG);
  const env = { ...SURROUNDINGS, AWS_CONFIG_FILE: join(cwd, "config") };
  const ran = await rehearsing(["rehearse", "d.yaml", "--plain"], { cwd, env });
  expect({ code: ran.code, said: ran.stderr + ran.stdout }).toMatchObject({
    code: 0,
    said: expect.not.stringContaining("gameday has a bug"),
  });
});
