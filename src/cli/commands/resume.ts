import { connect } from "../../aws/connection.ts";
import { loadDrill } from "../../drill/load-drill.ts";
import type { Drill } from "../../drill/drill.ts";
import type { RunStarted } from "../../engine/events.ts";
import { Failure } from "../../engine/failure.ts";
import { remaining } from "../../engine/ledger.ts";
import { hadOwnSandbox } from "../../engine/own-sandbox.ts";
import { cutTornLine, type ReadJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { journalPath } from "../../engine/run.ts";
import { systemClock } from "../../time/system-clock.ts";
import { chooseReporters, type ReporterOptions } from "../reports/choose-reporters.ts";
import { conduct } from "../conduct.ts";
import { connectionOptions } from "../aws/connection-options.ts";
import { withoutCredentials } from "../aws/endpoint.ts";
import { placeOfRun, type PlaceOfRun } from "../aws/place-of-run.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import { openRunSigner } from "../evidence/run-signer.ts";
import { terraformFor } from "../terraform/needs-terraform.ts";
import { assertSomebodyThere, peopleAt } from "../people.ts";
import { readRun } from "../runs/read-run.ts";
import { findRunFolder, type RunFolder } from "../runs/run-folder.ts";
import { holdRun } from "../runs/run-lock.ts";
import { unfinishedRuns } from "../runs/unfinished-runs.ts";

export interface ResumeOptions extends ReporterOptions {
  /** What a failed step leaves is kept instead of torn down. */
  readonly keepOnFailure?: boolean;
  /** A run id, the beginning of one, or `latest`. */
  readonly run: string;
  readonly profile?: string;
}

/**
 * Goes on with a run that was cut off, from its folder alone: what has passed is not run again, what was being made is adopted, a
 * teardown is finished. A run that ended with leftovers is torn down again.
 */
export async function resume(options: ResumeOptions, io: Io): Promise<number> {
  const folder = await findRunFolder(io.cwd, options.run);
  const release = await holdRun(io.cwd, folder.runId);
  try {
    return await goOn(folder, options, io);
  } finally {
    await release();
  }
}

async function goOn(folder: RunFolder, options: ResumeOptions, io: Io): Promise<number> {
  const { journal, record } = await readRun(folder.path);
  if (journal.tornBytes > 0) io.stderr.write(tornNotice(journal));
  const where = { profile: options.profile, region: record.run.regions.primary };
  if (hadOwnSandbox(record.run)) throw sandboxGone(record.run.runId, await another(io.cwd));
  const endpoints = await placeOfRun(io, where);
  await refuseUnlessResumable(record, endpoints, io.cwd);
  const drill = await drillOf(record.run);
  assertSomebodyThere(drill, io, record);
  await openRunSigner(options.key, folder, io);
  const connection = connect(connectionOptions({ drill, folder, io, profile: options.profile, endpoints }));
  await cutTornLine(journalPath(folder.path), journal);
  const { exitCode } = await conduct({
    drill,
    earlier: journal,
    mode: record.run.mode,
    folder,
    clock: systemClock,
    connection,
    endpointFrom: endpoints.general?.from,
    people: peopleAt(io),
    terraform: await terraformFor(drill, io),
    key: options.key,
    keepOnFailure: options.keepOnFailure,
    reporting: await chooseReporters({ options, io, run: folder, clock: systemClock, connection, drill }),
    io,
  });
  return exitCode;
}

/** The drill as it was when the run began: the file may have changed since, the run does not. */
async function drillOf({ drill: { path, text } }: RunStarted): Promise<Drill> {
  const { stepKinds } = await shippedLibrary();
  const { drill } = await loadDrill(path, text, stepKinds);
  if (drill) return drill;
  throw new Failure({
    code: "drill-outdated",
    message: `this version of gameday cannot read the drill that the run was started with (${path})`,
    fixer: "operator",
    next: "resume with the version of gameday that the report names",
  });
}

async function refuseUnlessResumable(record: RunRecord, place: PlaceOfRun, cwd: string): Promise<void> {
  const { runId, mode, endpoint: used } = record.run;
  const now = place.general && withoutCredentials(place.general.url);
  if ((mode === "rehearsal") !== place.simulated || (place.simulated && now !== used))
    throw elsewhere(runId, used, now);
  if (record.finished && remaining(record.ledger).length === 0) throw nothingToDo(runId, await another(cwd));
}

/** A run that there is something to do for. */
async function another(cwd: string): Promise<string | undefined> {
  const [run] = await unfinishedRuns(cwd);
  return run && `gameday resume ${run.runId} (the newest run that has left something)`;
}

function sandboxGone(runId: string, other: string | undefined): Failure {
  return new Failure({
    code: "sandbox-gone",
    message: `run ${runId} was a rehearsal: its sandbox ended with it, and nothing remains`,
    fixer: "operator",
    next: other ?? "gameday rehearse",
  });
}

/** Looked for where it never was, everything would seem to be gone. */
function elsewhere(runId: string, used: string | undefined, now: string | undefined): Failure {
  return new Failure({
    code: "other-endpoint",
    message: `run ${runId} used ${used ?? "AWS's own endpoints"}, and calls would go to ${now ?? "AWS's own endpoints"} now`,
    fixer: "operator",
    next:
      used === undefined
        ? "unset AWS_ENDPOINT_URL, and use a profile without endpoint_url"
        : `this run used ${used}; set AWS_ENDPOINT_URL to it`,
  });
}

function nothingToDo(runId: string, other: string | undefined): Failure {
  return new Failure({
    code: "run-ended",
    message: `run ${runId} has ended and left nothing behind: there is nothing to resume`,
    fixer: "operator",
    next: other ?? `gameday report ${runId}`,
  });
}

function tornNotice({ tornBytes, events }: ReadJournal): string {
  return `gameday: the journal's last line was cut off after ${tornBytes} bytes; it is removed, ${events.length} events remain\n`;
}
