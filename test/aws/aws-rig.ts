import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Aws } from "../../src/aws/aws.ts";
import { awsFor } from "../../src/aws/aws-for.ts";
import { connect, type AwsConnection, type ConnectionOptions } from "../../src/aws/connection.ts";
import type { Watch } from "../../src/aws/watch/watch.ts";
import { watchFor } from "../../src/aws/watch/watch-for.ts";
import type { Finding } from "../../src/engine/facts.ts";
import type { ServiceScope } from "../../src/engine/step-kind.ts";
import type { AwsCall, Observation } from "../../src/engine/facts.ts";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

/** A sandbox, a connection to it, and scopes that keep what is journaled through them. */
export interface AwsRig {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly connection: AwsConnection;
  scope(more?: ScopeMore): KeptScope;
  close(): Promise<void>;
}

export interface ScopeMore {
  readonly primaryRefused?: boolean;
  readonly connection?: AwsConnection;
}

export interface KeptScope extends ServiceScope {
  readonly aws: Aws;
  readonly watch: Watch;
  readonly calls: AwsCall[];
  readonly findings: Finding[];
  readonly observations: Observation[];
  abort(reason: Error): void;
}

export async function startAwsRig(options: Partial<SandboxOptions> = {}): Promise<AwsRig> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-aws-"));
  const clock = new VirtualClock({ speed: 0, startAt: Date.parse("2026-11-20T09:00:00Z") });
  const sandbox = await startSandbox({ clock, folder, throttling: false, ...options });
  const connection = connect(connectionOptions({ sandbox, clock }));
  return {
    sandbox,
    clock,
    connection,
    scope: (more = {}) => keptScope(more.connection ?? connection, clock, more),
    async close() {
      await connection.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function connectionOptions({ sandbox, clock }: Pick<AwsRig, "sandbox" | "clock">): ConnectionOptions {
  return {
    clock,
    endpoint: sandbox.endpoint,
    credentials: sandbox.credentials,
    random: () => 0.5,
  };
}

function keptScope(connection: AwsConnection, clock: VirtualClock, { primaryRefused = false }: ScopeMore): KeptScope {
  const over = new AbortController();
  const kept = { calls: [] as AwsCall[], findings: [] as Finding[], observations: [] as Observation[] };
  const scope: ServiceScope = {
    runId: "01RUN",
    drillName: "a-drill",
    regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: true },
    primaryRefused,
    signal: over.signal,
    clock,
    runFolder: "/nowhere",
    tags: {},
    progress: () => undefined,
    finding: async (finding) => void kept.findings.push(finding),
    secret: () => undefined,
    waitingForPeople: (_prompt, work) => work(),
    recordCall: async (call) => void kept.calls.push(call),
    recordObservation: async (observation) => void kept.observations.push(observation),
    recordTool: async () => undefined,
  };
  return {
    ...scope,
    ...kept,
    aws: awsFor(connection, scope),
    watch: watchFor(connection, scope),
    abort: (reason) => over.abort(reason),
  };
}
