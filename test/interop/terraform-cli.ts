import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { discoverTerraform, type TerraformDiscovery } from "../../src/cli/terraform/discovery.ts";

const run = promisify(execFile);

/** The real terraform of this machine, with a home and a CLI configuration of its own. */
export interface TerraformCli {
  /** Why there is none, or none that has the AWS provider; undefined when all is there. */
  readonly lacking: string | undefined;
  /** Exit code and whole output of a command in a folder. */
  run(folder: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<TerraformResult>;
  close(): Promise<void>;
}

export interface TerraformResult {
  readonly exitCode: number;
  readonly output: string;
}

/** Looks on the PATH and in offline mirrors; never asks the network. */
export async function findTerraform(path: string): Promise<TerraformCli> {
  const home = await mkdtemp(join(tmpdir(), "gameday-terraform-"));
  const place = { env: { PATH: path, HOME: home }, homedir: home, cwd: home, folder: join(home, "gameday") };
  const found = await discoverTerraform({ ...place, reach: () => Promise.resolve(false) });
  const { settings, lacking } = found;
  const quick = { ...GARBAGE_RARELY, ...(await withoutHashing(found, home)) };
  const own = { ...settings.environment, ...quick, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
  return {
    lacking,
    async run(folder, args, environment) {
      const env = { ...own, ...environment };
      try {
        const { stdout, stderr } = await run(settings.binary ?? "terraform", [...args, "-no-color"], {
          cwd: folder,
          env,
          maxBuffer: 1 << 26,
        });
        return { exitCode: 0, output: stdout + stderr };
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { exitCode: code, output: stdout + stderr };
      }
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}

/** Terraform and its provider build the schemas of 1,500 resource types in each of their processes: a fifth of that is collecting garbage. */
export const GARBAGE_RARELY = { GOGC: "400" };

/** Terraform hashes the 700 MB of a provider for each command, but not of one that is under development. */
async function withoutHashing(found: TerraformDiscovery, home: string): Promise<Readonly<Record<string, string>>> {
  const { from = "", version = "" } = found.provider ?? {};
  const folder = join(from, "registry.terraform.io/hashicorp/aws", version, found.program?.platform ?? "");
  if (version === "" || !existsSync(folder)) return {};
  const path = join(home, "development.tfrc");
  const override = `dev_overrides { "hashicorp/aws" = ${JSON.stringify(folder)} }`;
  const mirror = `filesystem_mirror { path = ${JSON.stringify(from)} }`;
  await writeFile(path, `provider_installation {\n  ${override}\n  ${mirror}\n}\n`);
  return { TF_CLI_CONFIG_FILE: path };
}
