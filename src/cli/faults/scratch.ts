import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PHASES, stepsOf, type Drill } from "../../drill/drill.ts";

/** Linux's file system in memory. */
const MEMORY = "/dev/shm";

export interface Scratch {
  /** Of the run: its journal. */
  readonly folder: string;
  /** Of its sandbox: its disks. */
  readonly sandbox: string;
}

/**
 * Folders for a run that nobody will ever resume. Its journal, which is synced event by event, need not wait for a disk where there
 * is memory for it; but Terraform's plugins would be too much for that.
 */
export async function scratchFolders(drill: Drill): Promise<Scratch> {
  const sandbox = await mkdtemp(join(tmpdir(), "gameday-cell-"));
  const inMemory = usesTerraform(drill)
    ? undefined
    : await mkdtemp(join(MEMORY, "gameday-run-")).catch(() => undefined);
  return { sandbox, folder: inMemory ?? (await mkdtemp(join(tmpdir(), "gameday-run-"))) };
}

export function usesTerraform({ phases }: Drill): boolean {
  return PHASES.some((phase) => stepsOf(phases[phase]).some(({ uses }) => uses.startsWith("terraform.")));
}
