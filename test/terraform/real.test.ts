import { mkdtemp, readdir, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { discoverTerraform } from "../../src/cli/terraform/discovery.ts";
import { APPLY, startRig, step, type Rig, type RunOptions } from "./terraform-run.ts";

/** The real program. The configurations use only what is built into it, so no provider is needed. */
const folder = await mkdtemp(join(tmpdir(), "gameday-real-terraform-"));
const { program, settings, lacking } = await discoverTerraform({
  env: { ...process.env, GAMEDAY_TERRAFORM: undefined },
  homedir: homedir(),
  cwd: folder,
  folder,
  prefixes: [],
  reach: async () => false,
});
const skipped = program ? "" : ` (skipped: ${lacking})`;

afterAll(() => rm(folder, { recursive: true, force: true }));

function real(main: string, more: Partial<RunOptions> = {}): Promise<Rig> {
  return startRig({ steps: [APPLY], files: { "terraform/main.tf": main }, terraform: settings, ...more });
}

describe.skipIf(!program)(`with the real terraform${skipped}`, () => {
  test("variables, outputs of every type, sensitive ones, and a backend that is not used", async () => {
    const main = `
      terraform {
        backend "s3" { bucket = "production" }
      }
      variable "name" { type = string }
      variable "sizes" { type = list(number) }
      resource "terraform_data" "it" { input = var.name }
      output "name" { value = terraform_data.it.output }
      output "all" { value = { sizes = var.sizes, none = null, yes = true } }
      output "password" {
        value     = "s3cret-\${var.name}"
        sensitive = true
      }`;
    const variables = { name: "it's $(here) \u0024{x}", sizes: [1, 2.5] };
    const rig = await real(main, { steps: [step("terraform.apply", { directory: "terraform", variables })] });
    const { record } = await rig.result;
    expect(record.steps[0]?.failure).toBeUndefined();
    expect(record.steps[0]?.outputs).toMatchObject({
      outputs: {
        name: variables.name,
        all: { sizes: [1, 2.5], none: null, yes: true },
        password: "[redacted]",
      },
      resources: 1,
    });
    expect(Object.keys(record.steps[0]?.outputs["seconds"] as object)).toEqual(["terraform_data.it"]);
    expect(record.ledger).toMatchObject([{ state: "deleted" }]);
    expect(await rig.journal()).not.toContain("s3cret-");
  });

  test("outputs that are null or longer than a line, and a check that fails", async () => {
    const main = `
      variable "absent" {
        type    = string
        default = null
      }
      resource "terraform_data" "it" { input = "yes" }
      output "nothing" { value = var.absent }
      output "long" { value = format("%02000000d", 0) }
      check "health" {
        assert {
          condition     = terraform_data.it.input == "no"
          error_message = "it is not healthy"
        }
      }`;
    const rig = await real(main);
    const { record } = await rig.result;
    expect(record.steps[0]?.failure).toBeUndefined();
    const { nothing, long } = record.steps[0]!.outputs["outputs"] as Record<string, unknown>;
    expect(nothing).toBeNull();
    expect(String(long)).toHaveLength(2_000_000);
    expect(record.findings).toContainEqual(
      expect.objectContaining({
        code: "terraform-check-failed",
        severity: "warning",
        message: expect.stringMatching(/: it is not healthy \(check "health", main\.tf:\d+\)$/),
      }),
    );
  });

  test("a configuration that is wrong: Terraform's words, file, line and snippet", async () => {
    const rig = await real('resource "terraform_data" "it" {\n  inptu = 1\n}\n');
    const { record } = await rig.result;
    expect(record.steps[0]?.failure).toMatchObject({
      code: "terraform-apply-failed",
      message: "terraform apply failed: Unsupported argument",
    });
    expect(record.steps[0]?.failure?.details?.slice(0, 3)).toEqual([
      "Error: Unsupported argument",
      '  on main.tf line 2, in resource "terraform_data" "it":',
      "    2:   inptu = 1",
    ]);
  });

  test("an abort in mid-apply: the state keeps what was done, and that is destroyed", async () => {
    const main = `
      resource "terraform_data" "first" {}
      resource "terraform_data" "slow" {
        depends_on = [terraform_data.first]
        provisioner "local-exec" { command = "exec sleep 20" }
      }`;
    const rig: Rig = await real(main, {
      onEvent: (event) => {
        if (event.type === "step-progress" && event.message.startsWith("terraform_data.slow: Creating"))
          rig.abort("SIGINT");
      },
    });
    const { record } = await rig.result;
    expect(record.steps[0]).toMatchObject({ outcome: "aborted" });
    expect(record.ledger).toMatchObject([{ state: "deleted" }]);
    expect(await rig.journal()).toContain("terraform_data.first: Destruction complete");
    expect((await readdir(join(rig.runFolder, "terraform/it"))).filter((name) => name.endsWith(".jsonl"))).toEqual([]);
  });
});
