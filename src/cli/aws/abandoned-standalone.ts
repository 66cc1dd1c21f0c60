import { lstat, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { isRunning } from "../../processes/process-identity.ts";
import { readRegularText } from "../../engine/regular-file.ts";

/** Of the folders in which `gameday sandbox` keeps its disks, in the system's folder for temporary files. */
export const STANDALONE_PREFIX = "gameday-sandbox-";
/** In such a folder: the process whose it is. */
export const OWNER = "owner.json";

const owner = z.object({ pid: z.number().int().positive(), started: z.string() });

/** A sandbox that was killed leaves its folder. The next one takes away those whose process has ended, of the same user only. */
export async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir()).catch(() => [])).filter((name) => name.startsWith(STANDALONE_PREFIX));
  for (const name of names) {
    const folder = join(tmpdir(), name);
    // What cannot be removed is in nobody's way.
    if (await isAbandoned(folder)) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const { uid } = await lstat(folder);
    if (uid !== process.getuid?.()) return false;
    const identity = owner.parse(JSON.parse(await readRegularText(join(folder, OWNER))));
    return !(await isRunning(identity));
  } catch {
    // No folder of ours, or one that another sandbox is just making.
    return false;
  }
}
