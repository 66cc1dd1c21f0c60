import { whyNotLive } from "../attestation/evidence-class.ts";
import type { RunRecord } from "../../engine/record.ts";
import { defined } from "../defined.ts";
import { elapsedMs } from "../interval.ts";
import { measure, type Measurement } from "../measure.ts";
import { isRecovery } from "../recovery-time.ts";
import { verdictOf } from "../verdict.ts";
import { withOwners, type Decisions } from "./corrective-actions.ts";
import { deviationsOf } from "./deviations.ts";
import { resultChecks, resultFailures, resultFindings, resultNotSeen, resultResources } from "./facts.ts";
import { resultRecoveryPoint, resultRecoveryTime } from "./recovery.ts";
import { reportWord } from "./report-word.ts";
import { RESULT_VERSION, type ControlState, type PastRun, type Result, type Standing } from "./schema.ts";
import type { Fact } from "./schema-parts.ts";
import { resultSteps } from "./steps.ts";

export type { ControlState, Fact, PastRun, Result, Standing };

/** What a record alone does not know. */
export interface ResultExtras {
  /** The version of gameday that renders. */
  readonly renderedBy?: string;
  /** The last runs of the drill before this one, oldest first. */
  readonly history?: readonly PastRun[];
  /** All runs of the drill, added up. */
  readonly standing?: Standing;
  /** The controls of the drill, weighed. */
  readonly controls?: readonly ControlState[];
  /** What vouches for the record. */
  readonly integrity?: readonly Fact[];
  /** Signed reviews. */
  readonly review?: readonly Fact[];
  /** Of the last review. */
  readonly decisions?: Pick<Decisions, "actions" | "acceptedRisks">;
}

/**
 * All that reports print of a run, and nothing else: member by member from the record, so that what a later version of a step
 * kind puts into inputs, outputs or attributes cannot slip into a report.
 */
export function resultOf(record: RunRecord, extras: ResultExtras = {}): Result {
  const measurement = measure(record);
  const verdict = verdictOf(record);
  const deviations = deviationsOf(record, measurement, verdict);
  const { outcome, exitCode, reasons, warnings } = verdict;
  const plan = record.run.plan ?? {};
  const notSeen = resultNotSeen(record);
  return defined<Result>({
    schemaVersion: RESULT_VERSION,
    renderedBy: extras.renderedBy,
    evidenceClass: measurement.simulated ? "emulated" : "live",
    verdict: { word: reportWord(outcome, deviations), outcome, exitCode, reasons, warnings },
    drill: drillOf(record),
    run: runOf(record),
    plan,
    objectives: measurement.objectives,
    recoveryTime: resultRecoveryTime(record, measurement),
    disasterAt: record.disasterAt?.at,
    unfinishedRecoveryMs: measurement.unfinishedRecoveryMs,
    recoveryPoint: resultRecoveryPoint(record, measurement),
    verifiedBytes: measurement.verifiedBytes,
    verifiedIn: measurement.verifiedIn,
    phases: phasesOf(record, measurement),
    steps: resultSteps(record),
    peopleWaits: peopleWaitsOf(record),
    checks: resultChecks(record),
    failures: resultFailures(record),
    findings: resultFindings(record),
    deviations: withOwners(deviations, { plan, endedAt: record.lastAt.at, ...extras.decisions }),
    resources: resultResources(record),
    notSeen: notSeen.length > 0 ? notSeen : undefined,
    calls: measurement.calls,
    history: extras.history,
    standing: extras.standing,
    controls: extras.controls ?? record.run.controls.map((control) => ({ control, state: "not weighed" })),
    integrity: extras.integrity ?? [],
    review: extras.review ?? [],
  });
}

function peopleWaitsOf({ peopleWaits, steps }: RunRecord): Result["peopleWaits"] {
  const outputs = new Map(steps.map((step) => [step.instance, step.outputs]));
  return peopleWaits.map(({ instance, prompt, durationMs, at }) => {
    const by = outputs.get(instance)?.["confirmedBy"];
    const confirmedBy = typeof by === "string" ? by : undefined;
    return defined<Result["peopleWaits"][number]>({ instance, prompt, confirmedBy, durationMs, endedAt: at.at });
  });
}

function drillOf({ run: { drill, controls, files } }: RunRecord): Result["drill"] {
  const { name, description, sha256, path } = drill;
  return defined<Result["drill"]>({
    name,
    description,
    sha256,
    controls,
    file: path.split(/[\\/]/).slice(-2).join("/"),
    files: files?.map((file) =>
      defined<NonNullable<Result["drill"]["files"]>[number]>({ path: file.path, sha256: file.sha256 }),
    ),
  });
}

function runOf(record: RunRecord): Result["run"] {
  const { run, identity, startedAt, finished, lastAt } = record;
  return defined<Result["run"]>({
    id: run.runId,
    mode: run.mode,
    endpoint: run.endpoint,
    notLive: whyNotLive(record),
    startedAt: startedAt.at,
    endedAt: finished?.at.at,
    lastEventAt: lastAt.at,
    durationMs: elapsedMs(startedAt, lastAt),
    period: quarterOf(startedAt.at),
    events: record.lastSeq + 1,
    resumes: record.resumes.map(({ at, gapMs }) => ({ at: at.at, gapMs })),
    host: run.process.host,
    account: identity?.account,
    caller: identity?.arn,
    clockOffsetMs: { ...identity?.clockOffsetMs },
    regions: { primary: run.regions.primary, dr: run.regions.dr, primaryLost: run.regions.primaryLost },
    versions: { gameday: run.versions.gameday, node: run.versions.node },
    tools: record.tools.map(({ tool, version, from }) => ({ tool, version, from: withoutHome(from) })),
  });
}

/** `2026-Q4`. */
function quarterOf(iso: string): string {
  return `${iso.slice(0, 4)}-Q${Math.ceil(Number(iso.slice(5, 7)) / 3)}`;
}

/** A home folder names a person. */
function withoutHome(path: string): string {
  return path.replace(/(?:\/home\/|\/Users\/|\b[A-Z]:\\Users\\)[^/\\]+/, "~");
}

function phasesOf(record: RunRecord, { phases }: Measurement): Result["phases"] {
  return phases.map(({ phase, outcome = "cut off", durationMs, wallClock }, index) => {
    const startedAt = record.phases[index]?.startedAt ?? record.startedAt;
    const inRta = isRecovery(phase) && outcome !== "skipped";
    const offsetMs = elapsedMs(record.startedAt, startedAt);
    return { phase, outcome, startedAt: startedAt.at, offsetMs, durationMs, wallClock, inRta };
  });
}
