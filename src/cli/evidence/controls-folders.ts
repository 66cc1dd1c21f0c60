import { join } from "node:path";
import { packageFolder } from "../drills/drill-files.ts";

/** The mappings that gameday ships, then the user's own, which win where both map the same control. */
export async function controlsFolders(cwd: string): Promise<readonly string[]> {
  return [join(await packageFolder(), "controls"), join(cwd, "controls")];
}
