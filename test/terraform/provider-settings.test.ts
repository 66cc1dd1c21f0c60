import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { refuseProvidersOfTheirOwn } from "../../src/terraform/provider-settings.ts";
import { APPLY, callsOf, fake, startRig, temporaryFolder } from "./terraform-run.ts";

async function refused(files: Readonly<Record<string, string>>): Promise<string | undefined> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return refuseProvidersOfTheirOwn(folder).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

describe("an AWS provider that would go elsewhere than the run is refused", () => {
  it.each([
    [
      "endpoints",
      {
        "main.tf":
          'provider "aws" {\n  region = "us-east-1"\n  endpoints {\n    ec2 = "http://localhost:4566"\n  }\n}\n',
      },
    ],
    ["endpoints", { "main.tf": 'provider aws {\n  alias="x" # {\n  endpoints{ sts = "http://x" }\n}' }],
    [
      "access_key",
      { "dr.tf": 'provider "aws" {\n  default_tags {\n    tags = { a = "}" }\n  }\n  access_key = var.key\n}\n' },
    ],
    ["endpoints", { ".terraform/modules/it/main.tf": 'provider "aws" { endpoints { ec2 = "http://x" } }' }],
    ["endpoints", { "main.tf.json": '{"provider":{"aws":[{"region":"us-east-1"},{"endpoints":{"ec2":"http://x"}}]}}' }],
    ["assume_role", { "main.tf": 'provider "aws" {\n  assume_role {\n    role_arn = var.role\n  }\n}' }],
    [
      "assume_role",
      { "main.tf": 'provider "aws" { assume_role = [{ role_arn = "arn:aws:iam::999988887777:role/x" }] }' },
    ],
    ["assume_role", { "main.tf.json": '[{"provider":[{"aws":{"assume_role":{"role_arn":"x"}}}]}]' }],
    [
      "assume_role_with_web_identity",
      { "a.tf": 'provider "aws" { assume_role_with_web_identity { role_arn = "x" } }' },
    ],
    ["profile", { "main.tf": 'provider "aws" {\n  region = local.x == "y" ? "a" : "b"\n  profile = "prod"\n}' }],
    [
      "endpoints",
      {
        "main.tf":
          'provider "aws" {\n  dynamic "endpoints" {\n    for_each = [1]\n    content { ec2 = "http://x" }\n  }\n}',
      },
    ],
    ["endpoints", { "main.tf.json": '{"provider":{"aws":{"dynamic":{"endpoints":{"for_each":[1],"content":{}}}}}}' }],
    ["profile", { "a.tf": 'locals { x = "${join("}", ["a"])}" }\nprovider "aws" { profile = "prod" }' }],
    ["profile", { "a.tf": 'locals { x = "$${ %%{ \\" ${{ a = "}" }["a"]}" }\nprovider "aws" { profile = "prod" }' }],
    ["profile", { "a.tf": 'locals {\n  x = <<E-T\n}\nE\nE-T\n}\nprovider "aws" { profile = "prod" }' }],
    [
      "profile",
      {
        "versions.tf":
          'terraform {\n  required_providers {\n    amazon = {\n      source = "registry.terraform.io/hashicorp/aws"\n    }\n  }\n}',
        "main.tf": 'provider "amazon" { profile = "prod" }',
      },
    ],
    [
      "profile",
      {
        "main.tf.json":
          '{"terraform":{"required_providers":[{"amazon":{"source":"hashicorp/aws"}}]},"provider":{"amazon":{"profile":"prod"}}}',
      },
    ],
    ["token", { "main.tf": 'provider "awscc" { token = "x" }' }],
    ["shared_config_files", { "a.tofu": 'provider "aws" {\n shared_config_files = ["~/x"]\n}' }],
  ])("%s in %j", async (argument, files) => {
    expect(await refused(files)).toContain(`gives its AWS provider ${argument} of its own`);
  });

  it.each([
    {
      "main.tf":
        'provider "aws" {\n  region = "us-east-1"\n  default_tags { tags = { endpoints = "x", access_key = "y" } }\n}\n',
    },
    {
      "main.tf": '# provider "aws" { endpoints {} }\n/* provider "aws" { endpoints {} } */\nlocals { endpoints = 1 }\n',
    },
    { "main.tf": 'provider "aws" {\n  region = var.profile == "x" ? local.token : var.token\n  alias = "profile"\n}' },
    { "main.tf": 'resource "aws_iam_role" "it" {\n  assume_role_policy = "x"\n}\nmodule "it" { profile = "x" }' },
    { "main.tf": 'locals {\n  text = <<-EOT\n  provider "aws" { endpoints {} }\n  EOT\n}\n' },
    { "main.tf": 'provider "google" { access_key = "x" }\nresource "aws_vpc_endpoint" "it" { endpoints = [] }\n' },
    { "main.tf.json": '{"provider":{"aws":{"region":"us-east-1"}}}', "broken.tf.json": "{" },
    { ".terraform/providers/x/main.tf": 'provider "aws" { endpoints {} }' },
  ])("and no other: %j", async (files) => {
    expect(await refused(files)).toBeUndefined();
  });

  it("before Terraform has called anything", async () => {
    const files = { ...fake({}), "terraform/own.tf": 'provider "aws" { endpoints { ec2 = "http://x" } }' };
    const rig = await startRig({ steps: [{ ...APPLY, retry: { attempts: 3, delayMs: 1 } }], files });
    const { record } = await rig.result;
    expect(record.steps[0]).toMatchObject({ outcome: "failed", attempts: 1, failure: { code: "terraform-provider" } });
    expect((await callsOf(rig)).map((call) => call.command)).toEqual(["init"]);
  });
});
