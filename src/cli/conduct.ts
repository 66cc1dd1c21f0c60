import { hostname } from "node:os";
import { awsFor } from "../aws/aws-for.ts";
import type { AwsConnection } from "../aws/connection.ts";
import { checkGuard } from "../aws/guard.ts";
import { watchFor } from "../aws/watch/watch-for.ts";
import type { Drill } from "../drill/drill.ts";
import { nameOf, remaining } from "../engine/ledger.ts";
import { startDrill, type RunResult, type RunningDrill } from "../engine/run-drill.ts";
import type { RunDependencies } from "../engine/run.ts";
import type { ServiceScope } from "../engine/step-kind.ts";
import { judge } from "../evidence/verdict.ts";
import { reporterHub, type Reporter } from "../reporters/reporter.ts";
import { RESOURCE_KINDS } from "../resources/all.ts";
import { STEP_KINDS } from "../steps/all.ts";
import type { DrillServices, People, TerraformSettings } from "../steps/services.ts";
import type { Clock } from "../time/clock.ts";
import { awsToolEnvironment } from "./aws-tool-environment.ts";
import type { Io } from "./io.ts";
import type { RunFolder } from "./run-folder.ts";
import { onSignals } from "./signals.ts";
import { GAMEDAY_VERSION } from "./version.ts";

/** Everything that differs between a live run and a rehearsal. */
export interface Conduct {
  readonly drill: Drill;
  readonly mode: "live" | "rehearsal";
  readonly folder: RunFolder;
  readonly clock: Clock;
  readonly connection: AwsConnection;
  readonly people: People;
  readonly terraform: TerraformSettings;
  readonly reporters: readonly Reporter[];
  readonly io: Io;
}

/** Puts a run together, lets it happen, and lets every reporter finish. The exit code is the verdict's. */
export async function conduct(of: Conduct): Promise<RunResult> {
  const hub = reporterHub(of.reporters, ({ reporter, error }) =>
    of.io.stderr.write(`gameday: the ${reporter} reporter crashed (${String(error)}); the run goes on\n`),
  );
  const running = await startDrill(of.drill, { ...dependencies(of), listeners: [(event) => hub.onEvent(event)] });
  const release = onSignals({ first: (reason) => running.abort(reason), again: () => farewell(of, running) });
  try {
    const result = await running.result;
    await hub.finish(result.record);
    return result;
  } finally {
    release();
    await of.connection.close();
  }
}

function dependencies(of: Conduct): RunDependencies<DrillServices> {
  return {
    runId: of.folder.runId,
    runFolder: of.folder.path,
    clock: of.clock,
    mode: of.mode,
    versions: { gameday: GAMEDAY_VERSION, node: process.versions.node },
    process: { pid: process.pid, host: hostname() },
    stepKinds: STEP_KINDS,
    resourceKinds: RESOURCE_KINDS,
    services: (scope) => servicesFor(of, scope),
    guard: (scope) => guard(of, scope),
    judge,
  };
}

function servicesFor(of: Conduct, scope: ServiceScope): DrillServices {
  return {
    scope,
    aws: awsFor(of.connection, scope),
    watch: watchFor(of.connection, scope),
    people: of.people,
    terraform: of.terraform,
    hostEnvironment: of.io.env,
    awsEnvironment: () => awsToolEnvironment(of.connection, scope),
  };
}

function guard(of: Conduct, scope: ServiceScope): ReturnType<typeof checkGuard> {
  const { accounts, maxDurationMs, teardownBudgetMs } = of.drill.safety;
  return checkGuard({ connection: of.connection, scope, accounts, neededMs: maxDurationMs + teardownBudgetMs });
}

/** What the second interrupt prints: the process is left at once, so it says what that leaves behind. */
function farewell(of: Conduct, running: RunningDrill): string {
  const left = remaining(running.ledger()).map((entry) => `  ${entry.kind} ${nameOf(entry)} in ${entry.region}`);
  const what = left.length > 0 ? ["still there:", ...left] : ["the ledger is empty: nothing remains"];
  return ["", "gameday: left at once;", ...what, `next: gameday report ${of.folder.runId}`, ""].join("\n");
}
