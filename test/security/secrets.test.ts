import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { STS } from "@aws-sdk/client-sts";
import { afterAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { gameday, throwAwayFolder, type Ended } from "../cli/binary.ts";
import { sandboxOf } from "../cli/standalone-sandbox.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { failureCount, recordFigures, stopwatch } from "../figures.ts";
import { findTerraform } from "../interop/terraform-cli.ts";
import { findSecrets, secretsIn, type Hit } from "./secret-forms.ts";

const LEAKY_TERRAFORM = join(import.meta.dirname, "fixtures/leaky-terraform.mjs");
/** `GAMEDAY_CANARIES=all` also runs the real Terraform and a whole rehearsal. */
const ALL = process.env["GAMEDAY_CANARIES"] === "all";

/** What must not be found in any file of a run. */
const IN_ENVIRONMENT = {
  AWS_SECRET_ACCESS_KEY: "canary/Secret+Access/Key0123456789abcdef",
  AWS_SESSION_TOKEN: "canary-session-token//++==with-all-its-length-0123456789",
  DEPLOY_TOKEN: 'canary deploy token & "quoted" é',
  DB_PWD: "canary-with-a-name-that-tells-nothing-0123456789-and-longer-than-one-line-of-base64-0123456789",
  TF_VAR_db_password: "canary-tf-var-0123456789",
  UNRELATED: "canary-of-a-variable-that-nobody-passes-on",
} as const;
const OF_TERRAFORM = { "sensitive output": 'tf-Canary/pass+word=7c1f"\\\n second-line-of-it' } as const;
const CANARIES = { ...IN_ENVIRONMENT, ...OF_TERRAFORM };

/** Prints what it was given, as it is, in Base64 on one line and on several, and in hex. */
const TELL_ALL = `for name in DEPLOY_TOKEN DB_PWD DB; do eval "v=\\$$name"; echo "$v"; printf 'user:%s' "$v" | base64 -w0; printf %s "$v" | base64; printf %s "$v" | od -tx1; done`;

let files = 0;
const elapsed = stopwatch();
const failures = failureCount();
afterAll(() =>
  recordFigures({
    battery: "canary secrets",
    cases: files,
    failures: failures(),
    seconds: elapsed(),
    more: { canaries: Object.keys(CANARIES).length, "runs with the real Terraform": ALL && !terraform.lacking ? 1 : 0 },
  }),
);

const terraform = await findTerraform(process.env["PATH"] ?? "");
afterAll(() => terraform.close());

function drillOf(steps: object[]): string {
  return JSON.stringify({
    apiVersion: "gameday/v1",
    name: "canaries",
    description: "Tells everything it knows",
    regions: { primary: "us-east-1", dr: "us-west-2" },
    safety: { accounts: ["111122223333"] },
    prepare: steps,
    recover: [{ id: "done", uses: "command.run", with: { command: ["true"] } }],
    verify: [{ id: "check", uses: "command.run", with: { command: ["true"] } }],
  });
}

const APPLY = { id: "stack", uses: "terraform.apply", with: { directory: "terraform" } };
const TELL = {
  id: "tell",
  uses: "command.run",
  with: {
    command: ["sh", "-c", `${TELL_ALL}; (${TELL_ALL}) >&2`],
    passEnvironment: ["DEPLOY_TOKEN", "DB_PWD"],
    environment: { DB: "${{ steps.stack.outputs.password }}" },
  },
};

type Secrets = Readonly<Record<string, string>>;

interface Told extends Ended {
  readonly cwd: string;
  readonly hits: readonly Hit[];
}

interface More {
  readonly main?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What AWS answers when it is asked for volumes. */
  readonly awsSays?: (secrets: Secrets) => string;
}

/** Credentials that the sandbox takes have a token and a secret of its own making. */
async function sessionOf(sandbox: Sandbox): Promise<Secrets> {
  const sts = new STS(clientSettings(sandbox));
  const { Credentials } = await sts.getSessionToken({});
  sts.destroy();
  return {
    AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
    AWS_SESSION_TOKEN: Credentials!.SessionToken!,
  };
}

async function run(steps: object[], more: More = {}): Promise<Told> {
  const cwd = await throwAwayFolder();
  let secrets: Secrets = CANARIES;
  const sandbox = await sandboxOf({
    interceptors: [
      ({ operation }) =>
        operation === "DescribeVolumes" && more.awsSays !== undefined
          ? { kind: "error", error: new AwsError("InvalidVolume.NotKnown", more.awsSays(secrets)) }
          : undefined,
    ],
  });
  const session = await sessionOf(sandbox);
  secrets = { ...CANARIES, ...session };
  await mkdir(join(cwd, "terraform"));
  await writeFile(join(cwd, "terraform/main.tf"), more.main ?? "");
  await writeFile(join(cwd, "drill.yaml"), drillOf(steps));
  const env = {
    ...sandbox.environment,
    ...IN_ENVIRONMENT,
    ...session,
    GAMEDAY_TERRAFORM: LEAKY_TERRAFORM,
    ...more.env,
  };
  const args = ["run", "drill.yaml", "--json", "--report", "html,junit,csv,json,github,otlp"];
  const ended = await gameday(args, { cwd, env });
  files += (await readdir(join(cwd, ".gameday"), { recursive: true })).length;
  const { AWS_ACCESS_KEY_ID: _name, ...secretOnes } = secrets;
  const hits = [
    ...(await findSecrets(join(cwd, ".gameday"), secretOnes)),
    ...secretsIn(ended.stdout, secretOnes, "stdout"),
    ...secretsIn(ended.stderr, secretOnes, "stderr"),
  ];
  return { ...ended, cwd, hits };
}

/** An AWS that says back whatever it was sent. */
function awsMessage(secrets: Secrets): string {
  const { UNRELATED: _unrelated, DB_PWD: _passedOnByAStep, AWS_ACCESS_KEY_ID: _name, ...sent } = secrets;
  const all = Object.values(sent);
  return `denied: ${all.join(" | ")} | ${all.map((text) => Buffer.from(`.${text}`).toString("base64")).join(" | ")}`;
}

async function journalOf(cwd: string): Promise<string> {
  const [id] = await readdir(join(cwd, ".gameday/runs"));
  return readFile(join(cwd, ".gameday/runs", id!, "journal.jsonl"), "utf8");
}

describe("a run that meets everybody who tells secrets", () => {
  it("writes none of them, in no form, and prints none", async () => {
    const { code, hits, cwd, stderr } = await run([APPLY, TELL]);
    expect({ code, stderr }).toMatchObject({ code: 3 });
    expect(hits).toEqual([]);
    expect(await journalOf(cwd)).toContain("[redacted]");
  });

  it("also when AWS tells them in an error, and the run fails", async () => {
    const snapshot = { id: "snapshot", uses: "ebs.create-snapshot", with: { volumeId: "vol-0123456789abcdef0" } };
    const { code, hits, cwd } = await run([APPLY, snapshot], { awsSays: awsMessage });
    expect(code).toBe(5);
    expect(await journalOf(cwd)).toContain("denied: [redacted]");
    expect(hits).toEqual([]);
  });

  it("also when Terraform tells them as it fails, before it has told any output", async () => {
    const { code, hits, cwd } = await run([APPLY], { env: { TF_VAR_mood: "failing" } });
    expect(code).toBe(5);
    expect(await journalOf(cwd)).toContain("cannot log in with [redacted]");
    expect(hits).toEqual([]);
  });

  it.skipIf(!ALL || terraform.lacking !== undefined)("the real Terraform", async () => {
    const main = `
      variable "db_password" { sensitive = true }
      resource "terraform_data" "db" { input = { password = var.db_password } }
      output "password" {
        value     = var.db_password
        sensitive = true
      }`;
    const { code, hits } = await run([APPLY, TELL], { main, env: { GAMEDAY_TERRAFORM: "terraform" } });
    expect(code).toBe(3);
    expect(hits).toEqual([]);
  });

  it.skipIf(!ALL)("a whole rehearsal", async () => {
    const cwd = await throwAwayFolder();
    const { code } = await gameday(["rehearse", "ebs-snapshot-copy"], { cwd, env: IN_ENVIRONMENT });
    expect(code).toBe(0);
    expect(await findSecrets(join(cwd, ".gameday"), CANARIES)).toEqual([]);
  });
});
