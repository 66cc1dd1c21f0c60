import type { Phase } from "../../src/drill/drill.ts";
import type { PlannedStep, RunStarted, StepFinished } from "../../src/engine/events.ts";
import type { FailureRecord } from "../../src/engine/failure.ts";
import type { Timed } from "./journaled.ts";

export const RUN_ID = "01JD3Q4Z6V8W0X2Y4Z6A8B0C2D";

const DRILL_TEXT = "apiVersion: gameday/v1\nname: ebs-snapshot-copy\n";

export function started(over: Partial<RunStarted> = {}): Timed {
  return {
    t: 0,
    type: "run-started",
    runId: RUN_ID,
    drill: {
      name: "ebs-snapshot-copy",
      description: "A volume can be recovered in us-west-2 from the copy of its snapshot.",
      path: "/home/pat/drills/ebs-snapshot-copy/drill.yaml",
      sha256: "9f2c1d".padEnd(64, "0"),
      text: DRILL_TEXT,
    },
    mode: "rehearsal",
    objectives: { rtoMs: 3_600_000, rpoMs: 93_600_000 },
    regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: true },
    controls: ["nist-800-53r5/CP-9(1)"],
    steps: PLAN,
    versions: { gameday: "0.1.0", node: "20.20.0" },
    process: { pid: 4242, host: "runner" },
    ...over,
  };
}

export const PLAN: readonly PlannedStep[] = [
  { id: "marker", phase: "prepare", uses: "ebs.write-marker", timeoutMs: 600_000 },
  { id: "copy", phase: "prepare", uses: "ebs.wait-for-dr-copy", timeoutMs: 97_200_000 },
  { id: "volume", phase: "recover", uses: "ebs.restore-volume", targetMs: 300_000, timeoutMs: 900_000 },
  { id: "attach", phase: "recover", uses: "ebs.attach-volume", timeoutMs: 900_000 },
  { id: "checksum", phase: "verify", uses: "ebs.verify-checksum", timeoutMs: 3_600_000 },
];

export function identity(t: number): Timed {
  return {
    t,
    type: "identity-confirmed",
    account: "111122223333",
    arn: "arn:aws:sts::111122223333:assumed-role/GameDay/gameday-01JD3Q4Z",
    clockOffsetMs: { "us-east-1": 120, "us-west-2": -80 },
  };
}

export function phase(name: Phase, from: number, to: number, inside: readonly Timed[] = []): Timed[] {
  return [{ t: from, type: "phase-started", phase: name }, ...inside, phaseEnd(name, to, "passed")];
}

export function phaseEnd(name: Phase, t: number, outcome: "passed" | "failed" | "skipped" | "aborted"): Timed {
  return { t, type: "phase-finished", phase: name, outcome };
}

export interface StepTimes {
  readonly id: string;
  readonly phase: Phase;
  readonly uses: string;
  readonly from: number;
  readonly to: number;
  readonly attempt?: number;
}

export function stepStart({ id, phase: inPhase, uses, from, attempt = 1 }: Omit<StepTimes, "to">): Timed {
  return { t: from, type: "step-started", phase: inPhase, step: id, instance: id, attempt, uses, input: {} };
}

/** A step from start to end, with what happened inside. */
export function step(
  of: StepTimes,
  inside: readonly Timed[] = [],
  end: Partial<Pick<StepFinished, "outcome" | "outputs" | "failure" | "willRetry" | "reason">> = {},
): Timed[] {
  const finished: Timed = {
    t: of.to,
    type: "step-finished",
    phase: of.phase,
    step: of.id,
    instance: of.id,
    attempt: of.attempt ?? 1,
    uses: of.uses,
    outcome: "passed",
    outputs: {},
    durationMs: (of.to - of.from) * 1000,
    willRetry: false,
    ...end,
  };
  return [stepStart(of), ...inside, finished];
}

export function skipped(id: string, inPhase: Phase, uses: string, t: number): Timed {
  return step({ id, phase: inPhase, uses, from: t, to: t }, [], {
    outcome: "skipped",
    reason: "a step before it did not pass",
  })[1]!;
}

export function call(t: number, operation: string, region: string, over: { errorCode?: string } = {}): Timed {
  return {
    t,
    type: "aws-call",
    service: "ec2",
    operation,
    region,
    startedAt: new Date(0).toISOString(),
    durationMs: 40,
    status: over.errorCode ? 400 : 200,
    requestId: `req-${t}`,
    attempts: 1,
    origins: [`https://ec2.${region}.amazonaws.com`],
    ...over,
  };
}

export function resource(
  t: number,
  key: string,
  of: { kind: string; id: string; region?: string; step: string },
): Timed[] {
  const region = of.region ?? "us-west-2";
  const entry = { key, kind: of.kind, region, token: `gameday-${key}`, tags: {}, attributes: {}, step: of.step };
  return [
    { t, type: "resource-intended", resource: entry },
    { t: t + 0.2, type: "resource-created", key, id: of.id, adopted: false },
  ];
}

export function destroyed(t: number, key: string): Timed[] {
  return [
    { t, type: "resource-deleting", key },
    { t: t + 2, type: "resource-deleted", key, how: "destroyed" },
  ];
}

export function failure(over: Partial<FailureRecord> = {}): FailureRecord {
  return { code: "snapshot-error", message: "snapshot snap-0dr is in error", fixer: "AWS", ...over };
}
