import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ulid } from "ulid";
import { connect, type ConnectionOptions } from "../../aws/connection.ts";
import type { Drill } from "../../drill/drill.ts";
import type { RunOutcome } from "../../engine/events.ts";
import type { FailureRecord } from "../../engine/failure.ts";
import type { RunRecord } from "../../engine/record.ts";
import { settledFailures } from "../../evidence/run-end.ts";
import { inject, type Injection } from "../../sandbox/faults/inject.ts";
import type { Interceptor } from "../../sandbox/gateway/call.ts";
import type { LogEntry } from "../../sandbox/world.ts";
import type { TerraformSettings } from "../../terraform/settings.ts";
import { systemClock } from "../../time/system-clock.ts";
import { VirtualClock } from "../../time/virtual-clock.ts";
import { conduct } from "../conduct.ts";
import type { Io } from "../io.ts";
import { rehearsedPeople } from "../people.ts";
import { rehearsalEnvironment, startRehearsalSandbox } from "../aws/rehearsal-sandbox.ts";
import type { Cell } from "./cells.ts";
import { problemsOf } from "./judge-cell.ts";
import { scratchFolders } from "./scratch.ts";
import { Witness } from "./witness.ts";

export interface CellPlace {
  readonly drill: Drill;
  readonly terraform: TerraformSettings;
  /** Absolute; the folder of a run is kept in it when something is wrong with how the run has ended. */
  readonly folder: string;
  readonly io: Io;
  readonly allowUnconfinedScripts?: boolean;
}

export interface CellResult {
  readonly fault: string;
  readonly operation: string;
  /** How many calls were struck. */
  readonly strikes: number;
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** Why it did not pass. */
  readonly failure?: FailureRecord;
  /** What gameday says may remain: `ec2.volume vol-0… in us-west-2`. */
  readonly leftovers: readonly string[];
  /** What the sandbox says remains. */
  readonly remaining: readonly string[];
  /** What is wrong with how it ended; none when it ended in a documented way. */
  readonly problems: readonly string[];
  /** Of the clock of the run. */
  readonly durationMs: number;
  /** Of the machine's clock. */
  readonly tookMs: number;
  /** Of the run, kept when there are problems. */
  readonly folder?: string;
}

/** A run without any fault: what it did, for all the runs with one. */
export interface CleanRun {
  readonly record: RunRecord;
  readonly exitCode: number;
  readonly log: readonly LogEntry[];
}

/** What is being deleted when a run ends has gone by then; nothing else changes by itself. */
const SETTLING_MS = 10 * 60_000;

export async function runCleanly(place: CellPlace): Promise<CleanRun> {
  const { record, exitCode, log, folder } = await rehearseIn(place, [], {});
  await rm(folder, { recursive: true, force: true });
  return { record, exitCode, log };
}

/** Runs the drill once, in a sandbox of its own, with one fault at one operation. */
export async function runCell(cell: Cell, place: CellPlace): Promise<CellResult> {
  const began = systemClock.monotonic();
  const injection = inject(cell.fault);
  const witness = new Witness();
  const { record, exitCode, testimony, folder } = await rehearseIn(
    place,
    [injection.interceptor],
    timing(cell),
    witness,
  );
  const problems = problemsOf(record, exitCode, testimony);
  const kept = join(place.folder, record.run.runId);
  if (problems.length > 0) await cp(folder, kept, { recursive: true });
  await rm(folder, { recursive: true, force: true });
  const failure = failureOf(record);
  return {
    fault: cell.fault.name,
    operation: cell.operation,
    ...struck(injection),
    outcome: record.finished?.outcome ?? "internal-error",
    exitCode,
    ...(failure ? { failure } : {}),
    leftovers: (record.finished?.leftovers ?? []).map(({ kind, id, region }) => `${kind} ${id} in ${region}`),
    remaining: testimony.remaining.map(({ type, id, region }) => `${type} ${id} in ${region}`),
    problems,
    durationMs: record.lastAt.mono - record.startedAt.mono,
    tookMs: systemClock.monotonic() - began,
    ...(problems.length > 0 ? { folder: kept } : {}),
  };
}

function struck({ strikes }: Injection): Pick<CellResult, "strikes"> {
  return { strikes: strikes.length };
}

/** As many attempts as on AWS, but not their real back-off. A silent server is waited for in real time, so neither long nor often. */
function timing({ fault }: Cell): Pick<ConnectionOptions, "sdkRetries" | "requestTimeoutMs"> {
  if (fault.does === "hang") return { sdkRetries: { attempts: 3, delayMs: 5 }, requestTimeoutMs: 500 };
  return { sdkRetries: { attempts: 10, delayMs: 5 }, requestTimeoutMs: 120_000 };
}

async function rehearseIn(
  { drill, terraform, io, allowUnconfinedScripts = false }: CellPlace,
  interceptors: readonly Interceptor[],
  options: Partial<ConnectionOptions>,
  witness = new Witness(),
) {
  const runId = ulid(Math.floor(systemClock.now()));
  const scratch = await scratchFolders(drill);
  const { folder } = scratch;
  const clock = new VirtualClock();
  const sandbox = await startRehearsalSandbox({
    drill,
    clock,
    folder: scratch.sandbox,
    allowUnconfinedScripts,
    interceptors: [witness.interceptor, ...interceptors],
  });
  try {
    await witness.begin(sandbox);
    const connection = connect({ clock, endpoint: sandbox.endpoint, credentials: sandbox.credentials, ...options });
    const { record, exitCode } = await conduct({
      drill,
      mode: "rehearsal",
      folder: { runId, path: folder },
      clock,
      connection,
      ownSandbox: true,
      rehearsalEnvironment: rehearsalEnvironment(sandbox),
      people: rehearsedPeople,
      terraform,
      reporting: { reporters: [], recorded: () => true },
      // Whatever a run writes below the working directory is of no use to anybody here.
      io: { ...io, cwd: folder },
    });
    clock.advance(SETTLING_MS);
    return { record, exitCode, folder, testimony: await witness.end(sandbox), log: sandbox.world.log };
  } finally {
    await sandbox.close();
    await rm(scratch.sandbox, { recursive: true, force: true });
  }
}

/** The first thing that went wrong. */
function failureOf(record: RunRecord): FailureRecord | undefined {
  return record.finished?.failure ?? settledFailures(record).all[0]?.failure;
}
