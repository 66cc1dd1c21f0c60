import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsFor } from "../../src/aws/aws-for.ts";
import { connect, type AwsConnection } from "../../src/aws/connection.ts";
import { checkGuard } from "../../src/aws/guard.ts";
import { checkStopAlarms, stopAlarm } from "../../src/aws/stop-alarms.ts";
import { watchFor } from "../../src/aws/watch/watch-for.ts";
import type { Drill, Phase, Step, StepNode } from "../../src/drill/drill.ts";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { startDrill, type RunResult } from "../../src/engine/run-drill.ts";
import type { ServiceScope } from "../../src/engine/step-kind.ts";
import { judge } from "../../src/evidence/verdict.ts";
import { RESOURCE_KINDS } from "../../src/resources/all.ts";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { seedExistingInstance, type ExistingInstance } from "../../src/sandbox/seed.ts";
import type { AnyStepKind } from "../../src/steps/define-step.ts";
import { STEP_KINDS } from "../../src/steps/all.ts";
import type { DrillServices } from "../../src/steps/services.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

export const PRIMARY = "us-east-1";
export const DR = "us-west-2";

/** A sandbox with the instance and volume that drills protect, and the real engine to run steps on it. */
export interface Rehearsal {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly existing: ExistingInstance;
  readonly connection: AwsConnection;
  /** Runs a drill of these phases; nothing but the sandbox and its virtual clock is special about it. */
  run(phases: Partial<Record<Phase, readonly StepNode[]>>, more?: RunMore): Promise<RehearsedRun>;
  close(): Promise<void>;
}

export interface RunMore extends Partial<Omit<Drill, "phases">> {
  /** Sees every event right after it is journaled: the place to break something between two steps. */
  readonly onEvent?: (event: JournaledEvent) => void | Promise<void>;
  /** Step kinds besides gameday's. */
  readonly kinds?: readonly AnyStepKind[];
}

export interface RehearsedRun extends RunResult {
  readonly events: readonly JournaledEvent[];
  readonly folder: string;
}

export async function startRehearsal(options: Partial<SandboxOptions> = {}): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-steps-"));
  const clock = new VirtualClock({ speed: 0, startAt: Date.parse("2026-11-20T09:00:00Z") });
  const sandbox = await startSandbox({ clock, folder: join(folder, "sandbox"), ...options });
  const existing = await seedExistingInstance(sandbox, { region: PRIMARY, drRegion: DR });
  const connection = connectTo(sandbox, clock);
  let runs = 0;
  return {
    sandbox,
    clock,
    existing,
    connection,
    run: async (phases, more = {}) => {
      const runFolder = await mkdtemp(join(folder, "run-"));
      return runDrill({ clock, connection, runFolder, runId: `01RUN${++runs}` }, phases, more);
    },
    async close() {
      await connection.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function connectTo(sandbox: Sandbox, clock: VirtualClock): AwsConnection {
  return connect({
    clock,
    endpoint: sandbox.endpoint,
    credentials: sandbox.credentials,
    random: () => 0.5,
  });
}

interface RunIn {
  readonly clock: VirtualClock;
  readonly connection: AwsConnection;
  readonly runFolder: string;
  readonly runId: string;
}

async function runDrill(
  { clock, connection, runFolder, runId }: RunIn,
  phases: Partial<Record<Phase, readonly StepNode[]>>,
  { onEvent, kinds = [], ...more }: RunMore,
): Promise<RehearsedRun> {
  const events: JournaledEvent[] = [];
  const drill = drillOf(phases, more);
  const running = await startDrill<DrillServices>(drill, {
    runId,
    runFolder,
    clock,
    mode: "rehearsal",
    versions: { gameday: "0", node: "20" },
    process: { pid: 1, host: "test" },
    stepKinds: new Map([...STEP_KINDS, ...kinds.map((kind) => [kind.uses, kind] as const)]),
    resourceKinds: RESOURCE_KINDS,
    services: (scope) => servicesFor(connection, scope),
    guard: async (scope) => {
      const { accounts, maxDurationMs: neededMs, stopAlarms = [] } = drill.safety;
      const identity = await checkGuard({ connection, scope, accounts, neededMs });
      await checkStopAlarms(connection, scope, stopAlarms);
      return identity;
    },
    stopAlarm: (alarms, scope) => stopAlarm(connection, scope, alarms),
    judge,
    listeners: [(event) => events.push(event), (event) => onEvent?.(event)],
  });
  return { ...(await running.result), events, folder: runFolder };
}

export function servicesFor(connection: AwsConnection, scope: ServiceScope): DrillServices {
  return {
    scope,
    aws: awsFor(connection, scope),
    watch: watchFor(connection, scope),
    people: { confirm: async () => ({ by: "nobody" }) },
    terraform: { environment: {} },
    hostEnvironment: {},
    awsEnvironment: async () => ({}),
  };
}

export function step(id: string, uses: string, input: Step["with"] = {}, more: Partial<Step> = {}): Step {
  return { id, uses, with: input, ...more };
}

function drillOf(phases: Partial<Record<Phase, readonly StepNode[]>>, more: Partial<Drill>): Drill {
  return {
    name: "test-drill",
    description: "",
    objectives: {},
    regions: { primary: PRIMARY, dr: DR, primaryLost: true },
    safety: { accounts: ["111122223333"], maxDurationMs: 7 * 86_400_000, teardownBudgetMs: 3_600_000 },
    controls: [],
    phases: { prepare: [], recover: [], verify: [], teardown: [], ...phases },
    source: { path: "/drills/test/drill.yaml", folder: "/drills/test", text: "", sha256: "0".repeat(64) },
    ...more,
  };
}
