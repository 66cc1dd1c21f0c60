import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const ACCESS_KEY_ID = "AKIAGAMEDAYSANDBOX00";
const SECRET_ACCESS_KEY = "sandbox";
const REGION = "us-east-1";

/** Variables to take away: with a profile of the user's, a tool would look for it in the sandbox's configuration, and fail. */
export const UNSET: readonly string[] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/** Environment variables for tools. They name configuration files of their own, so that no tool reads its user's credentials. */
export async function environmentFor(endpoint: string, folder: string): Promise<Readonly<Record<string, string>>> {
  const config = join(folder, "aws", "config");
  const credentials = join(folder, "aws", "credentials");
  const keys = { aws_access_key_id: ACCESS_KEY_ID, aws_secret_access_key: SECRET_ACCESS_KEY };
  await mkdir(join(folder, "aws"), { recursive: true });
  await writeFile(config, profile({ region: REGION, endpoint_url: endpoint }));
  await writeFile(credentials, profile(keys), { mode: 0o600 });
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN: "",
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
    AWS_PAGER: "",
  };
}

function profile(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  return `[default]\n${lines.join("")}`;
}
