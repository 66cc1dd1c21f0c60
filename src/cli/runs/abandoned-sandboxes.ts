import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { runIds, runsFolder } from "./run-folder.ts";
import { holdRun } from "./run-lock.ts";

/** Below a rehearsal's folder: its sandbox's disks and hosts. */
export function sandboxFolder(runPath: string): string {
  return join(runPath, "sandbox");
}

/** Every rehearsal clears away what the last one left: older ones have been seen to by others. */
const LOOKED_AT = 50;

/** A rehearsal that was killed leaves its sandbox's disks; nobody can go on with them. Those that live hold their run's lock. */
export async function removeAbandonedSandboxes(cwd: string): Promise<void> {
  for (const runId of (await runIds(cwd)).slice(-LOOKED_AT)) {
    const folder = sandboxFolder(join(runsFolder(cwd), runId));
    if (existsSync(folder)) await removeUnlessHeld(cwd, runId, folder);
  }
}

async function removeUnlessHeld(cwd: string, runId: string, folder: string): Promise<void> {
  try {
    const release = await holdRun(cwd, runId);
    try {
      await rm(folder, { recursive: true, force: true });
    } finally {
      await release();
    }
  } catch (error) {
    const isLocked = error instanceof Failure && error.details.code === "locked";
    // What cannot be removed is in nobody's way: the rehearsal that was asked for goes on.
    if (!isLocked && (error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
