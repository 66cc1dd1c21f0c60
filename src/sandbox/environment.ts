import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONTROL_HEADER } from "./admin.ts";
import type { AccessKey } from "./gateway/access-key.ts";

const REGION = "us-east-1";

/** Variables to take away: with a profile of the user's, a tool would look for it in the sandbox's configuration, and fail. */
export const UNSET: readonly string[] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

interface EnvironmentOptions {
  readonly endpoint: string;
  /** Absolute; files that hold the secret are put below it, for nobody but their owner. */
  readonly folder: string;
  readonly credentials: AccessKey;
}

/** Environment variables for tools. They name configuration files of their own, so that no tool reads its user's credentials. */
export async function environmentFor({
  endpoint,
  folder,
  credentials: key,
}: EnvironmentOptions): Promise<Readonly<Record<string, string>>> {
  const config = join(folder, "aws", "config");
  const credentials = join(folder, "aws", "credentials");
  const control = join(folder, "aws", "curl");
  const keys = { aws_access_key_id: key.accessKeyId, aws_secret_access_key: key.secretAccessKey };
  await mkdir(join(folder, "aws"), { recursive: true, mode: 0o700 });
  await writeFile(config, profile({ region: REGION, endpoint_url: endpoint }), { mode: 0o600 });
  await writeFile(credentials, profile(keys), { mode: 0o600 });
  // A header on curl's command line could be read by every user of the machine.
  await writeFile(control, `header = "${CONTROL_HEADER}: ${key.secretAccessKey}"\n`, { mode: 0o600 });
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_SESSION_TOKEN: "",
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false",
    AWS_PAGER: "",
    GAMEDAY_SANDBOX_CURL: control,
  };
}

function profile(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  return `[default]\n${lines.join("")}`;
}
