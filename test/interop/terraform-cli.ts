import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { discoverTerraform } from "../../src/cli/terraform/discovery.ts";

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
  const { settings, lacking } = await discoverTerraform({ ...place, reach: () => Promise.resolve(false) });
  const own = { ...settings.environment, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
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
