import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/aws/connection.ts";
import { doctor, type DoctorOptions, type Machine } from "../../src/cli/commands/doctor.ts";
import type { TerraformDiscovery } from "../../src/cli/terraform/discovery.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { systemClock } from "../../src/time/system-clock.ts";

const FOUND: TerraformDiscovery = {
  settings: { binary: "/usr/bin/terraform", environment: {}, providerFrom: "/opt/tf" },
  program: { path: "/usr/bin/terraform", product: "terraform", version: "1.11.4", platform: "linux_amd64" },
  provider: { from: "/opt/tf", version: "5.100.0" },
  warnings: [],
};

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-doctor-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Patient {
  readonly sandbox?: Sandbox;
  readonly found?: TerraformDiscovery;
  readonly node?: string;
  readonly cwd?: string;
}

async function examine(options: DoctorOptions, patient: Patient = {}) {
  const cwd = patient.cwd ?? (await temporaryFolder());
  const machine: Machine = {
    nodeVersion: patient.node ?? "22.11.0",
    connect: () =>
      connect({
        clock: systemClock,
        endpoint: patient.sandbox?.endpoint ?? "http://127.0.0.1:1",
        credentials: patient.sandbox?.credentials ?? { accessKeyId: "AKIANOBODY0000000000", secretAccessKey: "x" },
      }),
    discoverTerraform: async () => patient.found ?? FOUND,
  };
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const code = await doctor(options, { stdout, stderr, stdin: new PassThrough(), env: {}, cwd }, machine);
  return { code, said: String(stdout.read()).replaceAll(cwd, "<cwd>"), cwd };
}

async function sandboxOf(account?: string): Promise<Sandbox> {
  const folder = await temporaryFolder();
  const sandbox = await startSandbox({ clock: systemClock, folder, ...(account ? { account } : {}) });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

test("a machine on which everything is there, and a drill", async () => {
  const { code, said, cwd } = await examine({ drill: "ebs-cross-region" }, { sandbox: await sandboxOf() });
  expect(said).toMatchInlineSnapshot(`
    "ok       Node 22.11.0
    ok       Terraform 1.11.4 (/usr/bin/terraform)
    ok       AWS provider 5.100.0 from /opt/tf
    ok       AWS account 111122223333 as arn:aws:iam::111122223333:user/gameday
    ok       ebs-cross-region may run in account 111122223333
    ok       Region us-east-1 (opt-in-not-required)
    ok       Region us-west-2 (opt-in-not-required)
    ok       <cwd>/.gameday can be written

    ready
    "
  `);
  expect(code).toBe(0);
  expect(await readdir(cwd)).toEqual([]);
});

test("without network and without terraform: rehearsals work, and it says what does not", async () => {
  const found = { settings: { environment: {} }, lacking: "neither terraform nor tofu is on the PATH", warnings: [] };
  const { code, said } = await examine({}, { found, node: "20.19.0" });
  expect(said).toMatchInlineSnapshot(`
    "ok       Node 20.19.0
    note     AWS SDK releases from January 2027 on need Node 22; the ones gameday is installed with run on 20.19.0
    note     Terraform: neither terraform nor tofu is on the PATH
             why:  drills with terraform.apply need it; others run without
             next: install Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu, or set GAMEDAY_TERRAFORM
    note     AWS does not answer: connect ECONNREFUSED 127.0.0.1:1
             why:  gameday run needs AWS; gameday rehearse does not
    ok       <cwd>/.gameday can be written

    ready
    "
  `);
  expect(code).toBe(0);
});

test("what a drill needs and is not there makes the difference", async () => {
  const lacking = "the AWS provider is in no mirror on this machine, and registry.terraform.io cannot be reached";
  const { settings, program } = FOUND;
  const found = { settings, program: program!, lacking, warnings: ["odd"] };
  const { code, said } = await examine({ drill: "ebs-cross-region" }, { found });
  expect(code).toBe(2);
  expect(said.match(/^missing .*/gm)).toEqual([
    `missing  AWS provider: ${lacking}`,
    expect.stringContaining("missing  AWS does not answer"),
  ]);
  expect(said).toContain("2 missing");
});

test("the wrong account", async () => {
  const { code, said } = await examine({ drill: "ebs-snapshot-copy" }, { sandbox: await sandboxOf("999999999999") });
  expect(code).toBe(2);
  expect(said).toContain("missing  ebs-snapshot-copy may not run in account 999999999999, only in 111122223333");
});

test("an old Node", async () => {
  const { code, said } = await examine({}, { node: "18.20.4" });
  expect(code).toBe(2);
  expect(said).toContain("missing  Node 18.20.4");
});

test("a folder that cannot be written", async () => {
  const cwd = join(await temporaryFolder(), "gone");
  const { code, said } = await examine({}, { cwd });
  expect(code).toBe(2);
  expect(said).toContain("missing  <cwd>/.gameday cannot be written (ENOENT)");
});
