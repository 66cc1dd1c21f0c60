import { join } from "node:path";
import { printable } from "../../drill/printable.ts";
import { Failure } from "../../engine/failure.ts";
import { unintended } from "../../engine/ledger.ts";
import type { RunRecord } from "../../engine/record.ts";
import { hadOwnSandbox } from "../../engine/own-sandbox.ts";
import { readRun } from "./read-run.ts";
import { runIds, runsFolder } from "./run-folder.ts";
import { isHeld } from "./run-lock.ts";

/** A run that is over, by its end or by its process's, and may have left something behind. */
export interface UnfinishedRun {
  readonly runId: string;
  readonly drill: string;
  /** It came to its end, and could not delete everything. */
  readonly ended: boolean;
  /** How many of its resources may still be there, those that were kept on purpose not among them. */
  readonly leftovers: number;
}

/** So many of the newest runs are read: a start must not take longer the more drills there were. */
const LOOKED_AT = 20;

/** The newest first. Runs that are going on, and those whose sandbox is gone with them, have left nothing. */
export async function unfinishedRuns(cwd: string): Promise<readonly UnfinishedRun[]> {
  const newest = (await runIds(cwd)).slice(-LOOKED_AT).reverse();
  const found = await Promise.all(newest.map((runId) => unfinished(cwd, runId)));
  return found.filter((run) => run !== undefined);
}

async function unfinished(cwd: string, runId: string): Promise<UnfinishedRun | undefined> {
  const record = await recordOf(join(runsFolder(cwd), runId));
  if (!record || hadOwnSandbox(record.run)) return undefined;
  const leftovers = unintended(record.ledger).length;
  if (leftovers === 0 || (await isHeld(cwd, runId))) return undefined;
  return { runId, drill: record.run.drill.name, ended: record.finished !== undefined, leftovers };
}

/** A journal that cannot be read is told by the commands that need it. */
async function recordOf(path: string): Promise<RunRecord | undefined> {
  try {
    return (await readRun(path)).record;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

const NAMED = 3;

/** Lines for standard error; none where there is nothing to tell. */
export function tellUnfinished(runs: readonly UnfinishedRun[]): readonly string[] {
  const more = runs.length - NAMED;
  return [...runs.slice(0, NAMED).flatMap(about), ...(more > 0 ? [`gameday: and ${more} more: gameday cleanup`] : [])];
}

function about({ runId, drill, ended, leftovers }: UnfinishedRun): readonly string[] {
  const things = leftovers === 1 ? "1 resource" : `${leftovers} resources`;
  const how = ended ? `has left ${things} behind` : `was cut off, and ${things} of it may still be there`;
  return [
    printable(`gameday: run ${runId} of ${drill} ${how}`),
    `  next: gameday resume ${runId}  (goes on, and tears down), or`,
    `        gameday cleanup ${runId} --yes  (only deletes)`,
  ];
}
