import { join } from "node:path";
import { isValid } from "ulid";
import { Failure } from "../../engine/failure.ts";
import { remaining } from "../../engine/ledger.ts";
import type { ReadJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { RunStarted } from "../../engine/events.ts";
import { configuredEndpoints, withoutCredentials } from "../aws/endpoint.ts";
import type { Io } from "../io.ts";
import { readRun } from "../runs/read-run.ts";
import { runIds, runsFolder, type RunFolder } from "../runs/run-folder.ts";

/** A run whose folder is here. */
export interface KnownRun {
  readonly folder: RunFolder;
  readonly journal: ReadJournal;
  readonly record: RunRecord;
}

export interface KnownRuns {
  readonly known: readonly KnownRun[];
  /** Runs that may have left something, by id, with why nobody can look for it here. What the first kind made is found by its tag. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/**
 * The runs whose folders are here. Left out are those whose journal cannot be read, and those that were made elsewhere than requests
 * would go now: a rehearsal's sandbox is gone with it, unless it stands at the endpoint that is set; what ran on AWS is not at an
 * endpoint.
 */
export async function knownRuns(io: Io, profile?: string): Promise<KnownRuns> {
  const endpoints = await configuredEndpoints(io, profile);
  const used = endpoints.general && withoutCredentials(endpoints.general.url);
  const known: KnownRun[] = [];
  const leftOut = new Map<string, string>();
  for (const runId of await runIds(io.cwd)) {
    const path = join(runsFolder(io.cwd), runId);
    try {
      const run = { folder: { runId, path }, ...(await readRun(path)) };
      const why = whyElsewhere(run, used);
      if (isReached(run.record.run, used) && why === undefined) known.push(run);
      else if (why !== undefined) leftOut.set(runId, why);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.details.code !== "nothing-begun") leftOut.set(runId, error.message);
    }
  }
  return { known, leftOut };
}

/** A folder may be another run's that was renamed: what is deleted is found by the id that the journal has. */
function whyElsewhere({ folder, record }: KnownRun, used: string | undefined): string | undefined {
  const { runId, mode } = record.run;
  if (runId !== folder.runId) return `its journal is of run ${runId}: ${folder.path}`;
  if (used === undefined || mode !== "live" || remaining(record.ledger).length === 0) return undefined;
  return `it was made on AWS, and requests would go to ${used} now`;
}

/** What ran on AWS is not at an endpoint; what ran at one is at no other. */
function isReached({ mode, endpoint }: RunStarted, used: string | undefined): boolean {
  return used === undefined ? mode === "live" : mode === "rehearsal" && endpoint === used;
}

/** The full ids of the runs that were named: those here by their beginning too, others in full. @throws Failure `no-such-run` */
export function namedRuns(names: readonly string[], known: readonly KnownRun[]): ReadonlySet<string> {
  return new Set(names.map((name) => fullId(name.toUpperCase(), known)));
}

function fullId(name: string, known: readonly KnownRun[]): string {
  const matches = known.map(({ folder }) => folder.runId).filter((runId) => runId.startsWith(name));
  if (matches.length === 1) return matches[0]!;
  if (matches.length === 0 && isValid(name)) return name;
  throw new Failure({
    code: "no-such-run",
    message:
      matches.length > 1
        ? `${matches.length} runs begin with ${JSON.stringify(name)}`
        : `no run folder here begins with ${JSON.stringify(name)}`,
    fixer: "operator",
    next: "name a run whose folder is gone by its whole id, as the tag gameday:run has it, and its Regions by --region",
  });
}
