import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import type { TerraformCli, TerraformResult } from "./terraform-cli.ts";

const DAY_MS = 86_400_000;

/** A sandbox, days ahead of the machine's clock, and a copy of a Terraform configuration to apply to it. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly folder: string;
  terraform(...args: string[]): Promise<TerraformResult>;
  close(): Promise<void>;
}

export async function stage(
  terraform: TerraformCli,
  options: { readonly configuration: string; readonly variables?: Readonly<Record<string, string>> },
): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), "gameday-interop-"));
  const folder = join(root, "terraform");
  await cp(options.configuration, folder, { recursive: true });
  const clock = new VirtualClock({ jumps: false, startAt: performance.timeOrigin + performance.now() + 10 * DAY_MS });
  const sandbox = await startSandbox({ clock, folder: join(root, "sandbox") });
  const variables = Object.entries(options.variables ?? {}).map(([name, value]) => [`TF_VAR_${name}`, value]);
  const environment = { ...sandbox.environment, ...Object.fromEntries(variables) };
  return {
    sandbox,
    clock,
    folder,
    terraform: (...args) => terraform.run(folder, args, environment),
    async close() {
      await sandbox.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
