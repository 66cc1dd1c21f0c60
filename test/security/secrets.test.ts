import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { STS } from "@aws-sdk/client-sts";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/engine/events.ts";
import { withoutSecrets } from "../../src/engine/free-text.ts";
import { Redaction } from "../../src/engine/redaction.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { gameday, throwAwayFolder, type Ended } from "../cli/binary.ts";
import { sandboxOf } from "../cli/standalone-sandbox.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { failureCount, recordFigures, stopwatch } from "../figures.ts";
import { findTerraform } from "../interop/terraform-cli.ts";
import { findSecrets, formsOf, secretsIn, type Hit } from "./secret-forms.ts";

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

/** Ways in which a program may write bytes down; each also wrapped, and cut into pieces. */
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  url: encodeURIComponent,
  json: (text) => JSON.stringify(text),
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  HEX: (text) => Buffer.from(text).toString("hex").toUpperCase(),
  "od -tx1": (text) => dump(text, 7, ""),
  "hexdump -C": (text) => dump(text, 8, "  |margin|"),
  xxd: (text) => dump(text, 8, "  margin", ":"),
  "0x67, 0x69": (text) =>
    pairs(text)
      .map((pair) => `0x${pair}`)
      .join(", "),
  "\\x67\\x69": (text) =>
    pairs(text)
      .map((pair) => `\\x${pair}`)
      .join(""),
  "67:69": (text) => pairs(text).join(":"),
};

/** Those that tools wrap anywhere. */
const WRAPPABLE = new Set(["plain", "url", "json", "base64", "base64url", "hex", "HEX"]);

const pairs = (text: string) => [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, "0"));

function dump(text: string, digits: number, margin: string, colon = ""): string {
  const bytes = pairs(text);
  const lines = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) =>
    bytes.slice(16 * line, 16 * line + 16),
  );
  return lines
    .map((line, at) => `${(16 * at).toString(16).padStart(digits, "0")}${colon} ${line.join(" ")}${margin}`)
    .join("\n");
}

const wrappedAt = (text: string, width: number, separator: string) =>
  text.match(new RegExp(`[^]{1,${width}}`, "g"))?.join(separator) ?? "";

/** What remains of a text that hides nothing: the hex digits, the Base64 characters, the characters themselves. */
function remains(text: string, secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const digits = text
    .toLowerCase()
    .replace(/\\x|0x/g, "")
    .replace(/[^0-9a-f]/g, "");
  const dense = text.replace(/\\[nr]|\s/g, "");
  const found: string[] = [];
  if (digits.includes(bytes.toString("hex"))) found.push("hex");
  for (const form of [secret, ...formsOf(secret).slice(1, 7)]) if (dense.includes(form)) found.push(form);
  return found;
}

describe("redaction", () => {
  const secrets = fc.oneof(
    fc.string({ minLength: 12, maxLength: 120, unit: fc.constantFrom(..."abcdefXYZ0123456789_-/+=") }),
    fc.string({ minLength: 12, maxLength: 40 }).filter((text) => text.trim().length >= 12),
  );

  it("finds a secret wherever it stands in Base64, in a URL and in JSON", () => {
    fc.assert(
      fc.property(secrets, fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (value, before, after) => {
        const redaction = new Redaction();
        redaction.add(value);
        const text = `${before}${value}${after}`;
        const told = [
          text,
          encodeURIComponent(text),
          JSON.stringify(text),
          ...["base64", "base64url"].map((form) => Buffer.from(text).toString(form as "base64")),
        ];
        for (const one of told) expect(secretsIn(redaction.text(one), { value }, one)).toEqual([]);
      }),
    );
  });

  it("finds it in every encoding, on one line or wrapped as tools wrap them", () => {
    const encoding = fc.constantFrom(...Object.keys(ENCODINGS));
    const wrap = fc.record({
      width: fc.integer({ min: 16, max: 80 }),
      separator: fc.constantFrom("\n", "\r\n", "\n    ", "\\n"),
    });
    fc.assert(
      fc.property(secrets, encoding, fc.option(wrap), fc.nat(8), (value, name, wrapping, before) => {
        const redaction = new Redaction();
        redaction.add(value);
        const encoded = ENCODINGS[name]!(`${"p".repeat(before)}${value}`);
        const text = wrapping && WRAPPABLE.has(name) ? wrappedAt(encoded, wrapping.width, wrapping.separator) : encoded;
        expect(remains(redaction.text(`before ${text} after`), value)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds the pieces of a long one that comes in several", () => {
    const long = fc.string({ minLength: 40, maxLength: 120, unit: fc.constantFrom(..."abcdefXYZ0123456789_-") });
    fc.assert(
      fc.property(long, fc.constantFrom("base64", "hex"), fc.integer({ min: 16, max: 60 }), (value, name, width) => {
        const redaction = new Redaction();
        redaction.add(value);
        const pieces = wrappedAt(ENCODINGS[name]!(value), width, "\0").split("\0");
        for (const piece of pieces.filter(({ length }) => length >= 16))
          expect(redaction.text(piece)).toBe("[redacted]");
      }),
    );
  });

  it("finds the beginning of one where output was cut off, and leaves a name that a longer secret holds", () => {
    const redaction = new Redaction();
    redaction.add("postgres://app:hunter22@orders-db.internal/orders");
    expect(redaction.text("printed postgres://app:hunter22@or")).toBe("printed [redacted]");
    expect(redaction.text("connected to orders-db.internal/orders")).toBe("connected to orders-db.internal/orders");
  });

  it("leaves ordinary text as it is, whatever its length and whatever stands in it", () => {
    const redaction = new Redaction();
    redaction.add("github_pat_11ABCDEFG0123456789abcdefghijklmnop");
    for (const text of [
      "github",
      "a pat on the back",
      "[redacted]",
      "0000010 61 62 63",
      "x".repeat(10_000),
      "Z2l0aHVi",
    ])
      expect(redaction.text(text)).toBe(text);
  });
});

describe("a record", () => {
  const redaction = new Redaction();
  for (const word of ["volume", "verify", "us-west-2", "ec2.volume", "restore", "vol-0123456789abcdef0", "ebs"])
    redaction.add(word);

  it("keeps its kinds, phases, steps, ids and Regions, and loses what people and programs said", () => {
    const resource = {
      key: "restore/volume",
      kind: "ec2.volume",
      region: "us-west-2",
      token: "t",
      step: "restore",
      attributes: { volumeId: "vol-0123456789abcdef0" },
    };
    const intended = { type: "resource-intended", resource } as never as RunEvent;
    expect(withoutSecrets(intended, redaction)).toBe(intended);
    const step = {
      phase: "verify",
      step: "restore",
      instance: "restore",
      attempt: 1,
      uses: "ebs.restore-volume",
    } as const;
    expect(
      withoutSecrets({ type: "step-started", ...step, input: { region: "us-west-2", note: "of volume" } }, redaction),
    ).toEqual({
      type: "step-started",
      ...step,
      input: { region: "us-west-2", note: "of [redacted]" },
    });
    const failure = {
      code: "volume",
      message: "the volume is gone",
      fixer: "operator",
      resourceId: "vol-0123456789abcdef0",
    } as const;
    expect(withoutSecrets({ type: "resource-leaked", key: "restore/volume", failure }, redaction)).toEqual({
      type: "resource-leaked",
      key: "restore/volume",
      failure: { ...failure, message: "the [redacted] is gone" },
    });
  });
});
