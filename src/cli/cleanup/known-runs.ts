import { join } from "node:path";
import { isValid } from "ulid";
import { Failure } from "../../engine/failure.ts";
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

/**
 * The runs whose folders are here. One whose journal cannot be read is told, and left out: what it made is found by its tag.
 * A rehearsal's sandbox is gone with it, unless it stands at the endpoint that is set; what ran on AWS is not at an endpoint.
 */
export async function knownRuns(io: Io, profile?: string): Promise<readonly KnownRun[]> {
  const endpoints = await configuredEndpoints(io, profile);
  const used = endpoints.general && withoutCredentials(endpoints.general.url);
  const known: KnownRun[] = [];
  for (const runId of await runIds(io.cwd)) {
    const path = join(runsFolder(io.cwd), runId);
    try {
      const { journal, record } = await readRun(path);
      if (isReached(record.run, used)) known.push({ folder: { runId, path }, journal, record });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.details.code === "nothing-begun") continue;
      io.stderr.write(`gameday: run ${runId} is left out: ${error.message}\n`);
    }
  }
  return known;
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
