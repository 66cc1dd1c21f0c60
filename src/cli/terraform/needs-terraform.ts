import { homedir } from "node:os";
import { join } from "node:path";
import { PHASES, stepsOf, type Drill } from "../../drill/drill.ts";
import type { TerraformSettings } from "../../terraform/settings.ts";
import type { Io } from "../io.ts";
import { GAMEDAY_FOLDER } from "../runs/run-folder.ts";
import { discoverTerraform, type TerraformDiscovery } from "./discovery.ts";

export function discover(io: Io): Promise<TerraformDiscovery> {
  return discoverTerraform({
    env: io.env,
    homedir: homedir(),
    cwd: io.cwd,
    folder: join(io.cwd, GAMEDAY_FOLDER, "terraform"),
  });
}

/** Looks for Terraform only when the drill uses it: the search costs a process or two. */
export async function terraformFor(drill: Drill, io: Io): Promise<TerraformSettings> {
  const uses = PHASES.some((phase) => stepsOf(drill.phases[phase]).some((step) => step.uses.startsWith("terraform.")));
  return uses ? (await discover(io)).settings : { environment: {} };
}
