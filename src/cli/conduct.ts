import { hostname } from "node:os";
import { awsFor } from "../aws/aws-for.ts";
import type { AwsConnection } from "../aws/connection.ts";
import { checkGuard } from "../aws/guard.ts";
import { checkStopAlarms, stopAlarm } from "../aws/stop-alarms.ts";
import { watchFor } from "../aws/watch/watch-for.ts";
import type { Drill } from "../drill/drill.ts";
import { printable } from "../drill/printable.ts";
import type { JournaledEvent } from "../engine/events.ts";
import type { DrillFile } from "../engine/facts.ts";
import { foldEvents } from "../engine/fold.ts";
import type { LedgerEntry } from "../engine/resource-kind.ts";
import type { ReadJournal } from "../engine/read-journal.ts";
import { resumeDrill, startDrill, type RunResult, type RunningDrill } from "../engine/run-drill.ts";
import type { AbortReason, Identity, RunDependencies } from "../engine/run.ts";
import type { ServiceScope } from "../engine/step-kind.ts";
import { judge } from "../evidence/verdict.ts";
import { EXIT_CODES } from "../engine/exit-code.ts";
import { reporterHub, type ReporterCrash } from "../reporters/reporter.ts";
import { RESOURCE_KINDS } from "../resources/all.ts";
import { STEP_KINDS } from "../steps/all.ts";
import type { DrillServices, People, TerraformSettings } from "../steps/services.ts";
import type { Clock } from "../time/clock.ts";
import { Failure, toFailureRecord, type FailureRecord } from "../engine/failure.ts";
import { nameOf, unintended } from "../engine/ledger.ts";
import { machineFailure } from "../engine/machine-failure.ts";
import { awsToolEnvironment, secretCredentials } from "./aws/aws-tool-environment.ts";
import type { ChosenReporters } from "./reports/choose-reporters.ts";
import { checkEndpointAnswers } from "./aws/endpoint-answers.ts";
import { environmentSecrets } from "./aws/environment-secrets.ts";
import { usedFiles } from "./drills/used-files.ts";
import { declareIntent } from "./evidence/declare-intent.ts";
import { ENDPOINT_VARIABLE, withoutCredentials } from "./aws/endpoint.ts";
import { farewell, type Farewell } from "./farewell.ts";
import { giveBack } from "./give-back.ts";
import type { Io } from "./io.ts";
import type { RunFolder } from "./runs/run-folder.ts";
import { takeRunLock, type LockRequest } from "./runs/run-lock.ts";
import { openRunSigner } from "./evidence/run-signer.ts";
import { onSignals } from "./signals.ts";
import { GAMEDAY_VERSION } from "./version.ts";

/** Everything that differs between a live run and a rehearsal. */
export interface Conduct {
  readonly drill: Drill;
  readonly mode: "live" | "rehearsal";
  readonly folder: RunFolder;
  readonly clock: Clock;
  readonly connection: AwsConnection;
  /** What names the connection's endpoint: a variable, or a setting of a profile. */
  readonly endpointFrom?: string | undefined;
  /** The run's sandbox is in this process: nothing of it outlives the process, and no other run can reach it. */
  readonly ownSandbox?: boolean;
  /** Of the sandbox of a rehearsal, for the programs that steps start. */
  readonly rehearsalEnvironment?: Readonly<Record<string, string>>;
  readonly people: People;
  readonly terraform: TerraformSettings;
  readonly reporting: ChosenReporters;
  /** What is known of the run when it is taken up again. */
  readonly earlier?: ReadJournal;
  /** What statements are signed with: a file or a KMS key's ARN. */
  readonly key?: string | undefined;
  /** What a failed step leaves is kept, whatever the drill says. */
  readonly keepOnFailure?: boolean | undefined;
  readonly io: Io;
}

/** Puts a run together, lets it happen, and lets every reporter finish. The exit code is the verdict's. */
export async function conduct(given: Conduct): Promise<RunResult> {
  const of: Conducted = { ...given, files: await filesOf(given) };
  let untold = false;
  const hub = reporterHub(of.reporting.reporters, (crash) => {
    untold = true;
    tellCrash(of, crash);
  });
  const locks = new Locks();
  // Reporters tell of the whole run, whichever process it was in.
  for (const event of of.earlier?.events ?? []) hub.onEvent(event);
  const deps = { ...dependencies(of, locks), listeners: [(event: JournaledEvent) => hub.onEvent(event)] };
  let running: RunningDrill | undefined;
  const release = onSignals({
    first: (reason) => void started.then((drill) => abort(of, drill, reason)).catch(() => undefined),
    again: () => leaving(of, running),
  });
  const started = of.earlier ? resumeDrill(of.drill, deps, of.earlier) : startDrill(of.drill, deps);
  try {
    running = await started;
    const result = await running.result;
    await hub.finish(result.record);
    if (result.journalFailure) tellUnwritten(of, result.journalFailure);
    if (untold || result.journalFailure) tellLeftovers(of, result);
    return of.reporting.recorded() ? result : unrecorded(of, result);
  } finally {
    release();
    await giveBack(of.io, "the lock could not be given back", () => locks.release());
    await giveBack(of.io, "the connection could not be closed", () => of.connection.close());
  }
}

interface Conducted extends Conduct {
  /** What of the drill's folder its steps use. */
  readonly files: readonly DrillFile[];
}

/** A run that is taken up again has said what it uses. */
async function filesOf({ earlier, drill }: Conduct): Promise<readonly DrillFile[]> {
  if (!earlier) return usedFiles(drill, STEP_KINDS);
  return earlier.events.flatMap((event) => (event.type === "run-started" ? (event.files ?? []) : []));
}

/** What a reporter could not do is the machine's or somebody's to put right, or a bug; the verdict is the same. */
function tellCrash({ io }: Conduct, { reporter, error }: ReporterCrash): void {
  const { message, fixer, next } = toFailureRecord(error);
  const lines = [
    `gameday: ${reporter}: ${message}`,
    `  the verdict stands; who can fix it: ${fixer}`,
    ...(next === undefined ? [] : [`  next: ${next}`]),
  ];
  io.stderr.write(`${lines.map(printable).join("\n")}\n`);
}

/** A bad run's exit code stays what it is; one that passed and cannot show it has not passed for whoever asks for evidence. */
function unrecorded({ io, folder }: Conduct, result: RunResult): RunResult {
  const exitCode = result.exitCode === EXIT_CODES.passed.code ? EXIT_CODES.unrecorded.code : result.exitCode;
  io.stderr.write(
    `gameday: the run has left no evidence (exit code ${exitCode})\n  next: gameday bundle ${folder.runId}\n`,
  );
  return { ...result, exitCode };
}

/** The reports that list what remains may be those that could not be written. */
function tellLeftovers({ io }: Conduct, { record }: RunResult): void {
  const lines = unintended(record.ledger).map((entry) => `  ${entry.kind} ${nameOf(entry)} in ${entry.region}`);
  if (lines.length > 0) io.stderr.write(`gameday: may remain:\n${lines.map(printable).join("\n")}\n`);
}

function abort({ io }: Conduct, running: RunningDrill, reason: AbortReason): void {
  if (running.tearingDown()) io.stderr.write(ALREADY_TEARING_DOWN);
  running.abort(reason);
}

const ALREADY_TEARING_DOWN = "gameday: already tearing down; again leaves at once\n";

/** The second interrupt: the display gives the terminal back, and the last words are said. */
function leaving(of: Conduct, running: RunningDrill | undefined): Farewell {
  of.reporting.display?.leave();
  return farewell({
    runId: of.folder.runId,
    ledger: running?.ledger() ?? earlierLedger(of),
    ownSandbox: of.ownSandbox ?? false,
  });
}

function earlierLedger({ earlier }: Conduct): readonly LedgerEntry[] {
  return earlier ? foldEvents(earlier.events).ledger : [];
}

function usedEndpoint(of: Conduct): { readonly endpoint?: string } {
  const { endpoint } = of.connection;
  return of.ownSandbox || endpoint === undefined ? {} : { endpoint: withoutCredentials(endpoint) };
}

function tellUnwritten({ io, folder }: Conduct, { message, next }: FailureRecord): void {
  const lines = [
    `gameday: ${message}`,
    `  teardown went on without it; what it did is above, and not in ${folder.path}`,
    ...(next === undefined ? [] : [`  next: ${next}`]),
  ];
  io.stderr.write(`${lines.map(printable).join("\n")}\n`);
}

function dependencies(of: Conducted, locks: Locks): RunDependencies<DrillServices> {
  return {
    runId: of.folder.runId,
    runFolder: of.folder.path,
    clock: of.clock,
    mode: of.mode,
    files: of.files,
    ...usedEndpoint(of),
    versions: { gameday: GAMEDAY_VERSION, node: process.versions.node },
    process: { pid: process.pid, host: hostname() },
    stepKinds: STEP_KINDS,
    resourceKinds: RESOURCE_KINDS,
    services: (scope) => servicesFor(of, scope),
    guard: (scope) => guard(of, scope, locks),
    judge,
    stopAlarm: (alarms, scope) => stopAlarm(of.connection, scope, alarms),
    ...(of.keepOnFailure ? { keepOnFailure: true } : {}),
  };
}

function servicesFor(of: Conduct, scope: ServiceScope): DrillServices {
  return {
    scope,
    aws: awsFor(of.connection, scope),
    watch: watchFor(of.connection, scope),
    people: askedAside(of),
    terraform: of.terraform,
    hostEnvironment: of.io.env,
    ...(of.rehearsalEnvironment ? { rehearsalEnvironment: of.rehearsalEnvironment } : {}),
    awsEnvironment: () => awsToolEnvironment(of.connection, scope),
  };
}

/** A question to a person takes the live display away for as long as it is asked. */
function askedAside({ people, reporting }: Conduct): People {
  const { display } = reporting;
  return display ? { confirm: (prompt, signal) => display.suspend(() => people.confirm(prompt, signal)) } : people;
}

/** Who we are must be known before the lock can be taken: it is of a drill in an account. */
async function guard(of: Conducted, scope: ServiceScope, locks: Locks): Promise<Identity> {
  for (const env of [of.io.env, of.terraform.environment])
    for (const value of environmentSecrets(env)) scope.secret(value);
  const { clock, endpoint: url } = of.connection;
  if (url !== undefined && !of.ownSandbox)
    await checkEndpointAnswers({ url, from: of.endpointFrom ?? ENDPOINT_VARIABLE }, clock);
  const { accounts, maxDurationMs, teardownBudgetMs, stopAlarms = [] } = of.drill.safety;
  const neededMs = maxDurationMs + teardownBudgetMs;
  await secretCredentials(of.connection, scope).catch(() => "the guard says what is wrong with them");
  const identity = await checkGuard({ connection: of.connection, scope, accounts, neededMs });
  // A run that is taken up again with one on is to be torn down, which a refusal would not do.
  if (!of.earlier) await checkStopAlarms(of.connection, scope, stopAlarms);
  const { runId } = of.folder;
  const request = { cwd: of.io.cwd, drill: of.drill.name, account: identity.account, runId };
  if (!of.ownSandbox) await of.clock.during(() => beforeAnything(() => locks.take(request)));
  return { ...identity, intent: await of.clock.during(() => intent(of, identity)) };
}

/** The guard has let the run pass and nothing is changed yet: the last moment to say what is going to be done. */
async function intent(of: Conducted, identity: Identity): Promise<string> {
  return beforeAnything(async () => {
    const signer = await openRunSigner(of.key, of.folder, of.io);
    const { allAws } = of.connection.toldOrigins;
    return declareIntent({ ...of, cwd: of.io.cwd, identity, allAws, signer, earlier: of.earlier?.events ?? [] });
  });
}

/** What fails in the guard has changed nothing: the run is refused. */
async function beforeAnything<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = error instanceof Failure ? error.details : machineFailure(error);
    if (!failure) throw error;
    throw new Failure({ ...failure, consequence: failure.code === "locked" ? "locked" : "refused" });
  }
}

/** The lock of the run, once it has been taken. A rehearsal in this process needs none: its sandbox is its own. */
class Locks {
  #release: (() => Promise<void>) | undefined;

  async take(request: LockRequest): Promise<void> {
    this.#release = await takeRunLock(request);
  }

  async release(): Promise<void> {
    await this.#release?.();
  }
}
