import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { discoverTerraform, type DiscoveryPlace } from "../../../src/cli/terraform/discovery.ts";

const AWS = "registry.terraform.io/hashicorp/aws";
const unpacked = (version: string, platform = "linux_amd64") =>
  `${AWS}/${version}/${platform}/terraform-provider-aws_v${version}_x5`;
const packed = (version: string) => `${AWS}/terraform-provider-aws_${version}_linux_amd64.zip`;

let root: string;
let asked: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gameday-discovery-"));
  asked = [];
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await program("bin/terraform");
});

async function file(path: string, text = ""): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

async function program(
  path: string,
  answer = '{"terraform_version":"1.11.4","platform":"linux_amd64"}',
): Promise<void> {
  await file(path, `#!/bin/sh\n[ "$1 $2" = "version -json" ] && echo '${answer}'\n`);
  await chmod(join(root, path), 0o755);
}

function discover(more: Partial<DiscoveryPlace> = {}, env: Record<string, string> = {}, online = false) {
  return discoverTerraform({
    env: { PATH: join(root, "bin"), HOME: join(root, "home"), XDG_DATA_DIRS: join(root, "xdg"), ...env },
    homedir: join(root, "home"),
    cwd: root,
    folder: join(root, "own"),
    prefixes: [join(root, "opt"), join(root, "absent")],
    reach: async (host) => {
      asked.push(host);
      return online;
    },
    ...more,
  });
}

describe("the program", () => {
  test("terraform before tofu, whatever their order on the PATH", async () => {
    await program("first/tofu", '{"terraform_version":"1.9.1","platform":"linux_amd64"}');
    const { program: found } = await discover({}, { PATH: `${join(root, "first")}:${join(root, "bin")}` });
    expect(found).toEqual({
      path: join(root, "bin/terraform"),
      product: "terraform",
      version: "1.11.4",
      platform: "linux_amd64",
    });
    await rm(join(root, "bin/terraform"));
    const other = await discover({}, { PATH: `${join(root, "first")}:${join(root, "bin")}` });
    expect(other.program).toMatchObject({ product: "opentofu", version: "1.9.1" });
    expect(asked).toContain("registry.opentofu.org");
  });

  test("the one that GAMEDAY_TERRAFORM names, and none else when that is not there", async () => {
    await program("elsewhere/terraform-1.5", '{"terraform_version":"1.5.7","platform":"linux_amd64"}');
    const named = await discover({}, { GAMEDAY_TERRAFORM: "./elsewhere/terraform-1.5" });
    expect(named.program?.version).toBe("1.5.7");
    const wrong = await discover({}, { GAMEDAY_TERRAFORM: "/no/such/terraform" });
    expect(wrong).toMatchObject({ lacking: "GAMEDAY_TERRAFORM names /no/such/terraform, which is not there" });
  });

  test("none at all, a folder of that name, a file that cannot be run, one that answers nonsense", async () => {
    await rm(join(root, "bin/terraform"));
    await mkdir(join(root, "bin/terraform"));
    await file("bin/tofu", "not executable");
    expect(await discover()).toMatchObject({
      lacking: "neither terraform nor tofu is on the PATH",
      settings: { environment: {} },
    });
    await program("bin/tofu", "Terraform v0.11");
    expect((await discover()).lacking).toBe(`${join(root, "bin/tofu")} does not answer terraform version -json`);
  });
});

describe("the provider", () => {
  test("from a folder below a software prefix, and the registry is not asked", async () => {
    await file(`opt/tf/${unpacked("5.62.0")}`);
    await file(`opt/tf/${unpacked("5.100.0")}`);
    await file(`opt/tf/${unpacked("6.1.0")}`);
    await file(`opt/tf/registry.terraform.io/hashicorp/null/3.2.1/linux_amd64/x`);
    const { provider, lacking, settings } = await discover();
    expect({ provider, lacking }).toEqual({
      provider: { from: join(root, "opt/tf"), version: "5.100.0" },
      lacking: undefined,
    });
    expect(settings.providerFrom).toBe(join(root, "opt/tf"));
    expect(asked).toEqual([]);
    const config = await readFile(settings.environment["TF_CLI_CONFIG_FILE"]!, "utf8");
    expect(config).toContain(`path    = "${join(root, "opt/tf")}"`);
    expect(config).toContain(`exclude = ["${AWS}", "registry.terraform.io/hashicorp/null"]`);
    expect(settings.environment).not.toHaveProperty("TF_PLUGIN_CACHE_DIR");
  });

  test.each([
    "home/.terraform.d/plugins",
    "home/.local/share/terraform/plugins",
    "xdg/terraform/plugins",
    "terraform.d/plugins",
  ])("from the implied mirror %s", async (folder) => {
    await file(`${folder}/${unpacked("5.80.0")}`);
    expect((await discover()).provider).toEqual({ from: join(root, folder), version: "5.80.0" });
  });

  test("packed ones get a plugin cache, so that not every run unpacks its own", async () => {
    await file(`opt/zips/${packed("5.90.0")}`);
    const { provider, settings } = await discover();
    expect(provider?.version).toBe("5.90.0");
    expect((await stat(settings.environment["TF_PLUGIN_CACHE_DIR"]!)).isDirectory()).toBe(true);
  });

  test("told in a file of gameday's own, which a link in its place does not lead elsewhere", async () => {
    await file(`opt/zips/${packed("5.90.0")}`);
    await file("token", "somebody's");
    await mkdir(join(root, "own"));
    await symlink(join(root, "token"), join(root, "own/terraform.tfrc"));
    const { settings } = await discover();
    expect(await readFile(settings.environment["TF_CLI_CONFIG_FILE"]!, "utf8")).toContain("filesystem_mirror");
    expect(await readFile(join(root, "token"), "utf8")).toBe("somebody's");
  });

  test("of another platform or too old: not usable, and said so", async () => {
    await file(`opt/mac/${unpacked("5.90.0", "darwin_arm64")}`);
    expect((await discover()).lacking).toBe(
      "the AWS provider is in no mirror on this machine, and registry.terraform.io cannot be reached",
    );
    await file(`opt/old/${unpacked("4.67.0")}`);
    expect((await discover()).lacking).toBe(
      `the mirror ${join(root, "opt/old")} has the AWS provider 4.67.0, and 5.62.0 or a later 5.x is needed`,
    );
  });

  test("from the registry when that can be reached", async () => {
    const { provider, lacking, settings } = await discover({}, {}, true);
    expect({ provider, lacking }).toEqual({ provider: { from: "registry" }, lacking: undefined });
    expect(asked).toEqual(["registry.terraform.io"]);
    expect(settings.environment).toHaveProperty("TF_PLUGIN_CACHE_DIR");
  });
});

describe("the user's own CLI configuration", () => {
  test("with provider_installation is used as it is", async () => {
    await file(`mirror/${unpacked("5.70.0")}`);
    await file(`opt/tf/${unpacked("5.100.0")}`);
    await file("home/.terraformrc", 'provider_installation {\n filesystem_mirror { path = "~/../mirror" }\n}');
    const { provider, settings } = await discover();
    expect(provider).toEqual({ from: join(root, "mirror"), version: "5.70.0" });
    expect(settings.environment["TF_CLI_CONFIG_FILE"]).toBe(join(root, "home/.terraformrc"));
  });

  test("that allows no other way than an empty mirror: lacking, although the registry is there", async () => {
    await file("home/.terraformrc", 'provider_installation {\n filesystem_mirror { path = "/empty" }\n}');
    expect((await discover({}, {}, true)).lacking).toMatch(/in no mirror/);
    await file("home/.terraformrc", `provider_installation {\n direct { exclude = ["${AWS}"] }\n}`);
    expect((await discover({}, {}, true)).lacking).toMatch(/in no mirror/);
  });

  test("without provider_installation is kept without its tokens, and the mirror added", async () => {
    await file(`opt/tf/${unpacked("5.100.0")}`);
    await file("home/.terraformrc", 'disable_checkpoint = true\ncredentials "app.terraform.io" { token = "secret" }\n');
    const { settings } = await discover();
    const path = settings.environment["TF_CLI_CONFIG_FILE"]!;
    const text = await readFile(path, "utf8");
    expect(text).toContain("provider_installation {");
    expect(text).not.toContain("secret");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("a variable that names a missing file is a warning, and the mirrors are used all the same", async () => {
    await file(`opt/tf/${unpacked("5.100.0")}`);
    const { provider, warnings } = await discover({}, { TF_CLI_CONFIG_FILE: "/gone/.terraformrc" });
    expect(provider?.version).toBe("5.100.0");
    expect(warnings).toEqual(["TF_CLI_CONFIG_FILE names /gone/.terraformrc, which cannot be read; it is ignored"]);
  });
});

test("terraform gets the user's variables and proxies, and nothing of AWS or of terraform's own switches", async () => {
  const { settings } = await discover(
    {},
    {
      TF_VAR_region: "x",
      TF_TOKEN_app_terraform_io: "t",
      HTTPS_PROXY: "http://proxy",
      AWS_PROFILE: "production",
      AWS_SECRET_ACCESS_KEY: "s",
      TF_CLI_ARGS_apply: "-destroy",
      TF_WORKSPACE: "production",
      TF_DATA_DIR: "/x",
      TF_LOG: "trace",
      MY_TOKEN: "t",
    },
  );
  expect(Object.keys(settings.environment).sort()).toEqual([
    "HOME",
    "HTTPS_PROXY",
    "PATH",
    "TF_CLI_CONFIG_FILE",
    "TF_PLUGIN_CACHE_DIR",
    "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE",
    "TF_TOKEN_app_terraform_io",
    "TF_VAR_region",
    "XDG_DATA_DIRS",
  ]);
});
