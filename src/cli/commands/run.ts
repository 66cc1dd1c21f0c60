import { connect } from "../../aws/connection.ts";
import { systemClock } from "../../time/system-clock.ts";
import { chooseReporters, type ReporterOptions } from "../reports/choose-reporters.ts";
import { conduct } from "../conduct.ts";
import { connectionOptions } from "../aws/connection-options.ts";
import { placeOfRun } from "../aws/place-of-run.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import { terraformFor } from "../terraform/needs-terraform.ts";
import { openDrill } from "../drills/open-drill.ts";
import { assertSomebodyThere, peopleAt } from "../people.ts";
import { createRunFolder } from "../runs/run-folder.ts";
import { holdRun } from "../runs/run-lock.ts";
import { tellUnfinished, unfinishedRuns } from "../runs/unfinished-runs.ts";

export interface RunOptions extends ReporterOptions {
  /** What a failed step leaves is kept instead of torn down. */
  readonly keepOnFailure?: boolean;
  readonly drill: string;
  /** A profile of the user's AWS configuration. */
  readonly profile?: string;
}

/** Runs a drill on AWS, or on what environment or AWS configuration put in AWS's place: then the record says that it was simulated. */
export async function run(options: RunOptions, io: Io): Promise<number> {
  const { stepKinds } = await shippedLibrary();
  const drill = await openDrill(options.drill, stepKinds, io);
  const endpoints = await placeOfRun(io, { profile: options.profile, region: drill.regions.primary });
  assertSomebodyThere(drill, io);
  const terraform = await terraformFor(drill, io);
  for (const line of tellUnfinished(await unfinishedRuns(io.cwd))) io.stderr.write(`${line}\n`);
  const folder = await createRunFolder(io.cwd);
  const release = await holdRun(io.cwd, folder.runId);
  const connection = connect(connectionOptions({ drill, folder, io, profile: options.profile, endpoints }));
  try {
    const { exitCode } = await conduct({
      drill,
      mode: endpoints.simulated ? "rehearsal" : "live",
      folder,
      clock: systemClock,
      connection,
      endpointFrom: endpoints.general?.from,
      people: peopleAt(io),
      terraform,
      key: options.key,
      keepOnFailure: options.keepOnFailure,
      reporting: await chooseReporters({ options, io, run: folder, clock: systemClock, connection, drill }),
      io,
    });
    return exitCode;
  } finally {
    await release();
  }
}
