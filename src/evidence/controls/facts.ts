import type { RunRecord } from "../../engine/record.ts";
import { evidenceClassOf } from "../attestation/evidence-class.ts";
import type { EvidenceClass } from "../attestation/statements.ts";
import { passedChecks } from "../checks.ts";
import { measure } from "../measure.ts";
import type { ObjectiveResult } from "../objectives.ts";
import { verdictOf } from "../verdict.ts";

/** What preconditions of control mappings can ask about a run. Every member is always there. */
export interface RunFacts {
  readonly run: {
    readonly outcome: string;
    readonly evidenceClass: EvidenceClass;
    /** It came to a verdict: neither refused nor aborted, cut off or ended by a bug. */
    readonly concluded: boolean;
    readonly faultInjected: boolean;
    /** Nothing less than a whole system was recovered. No step kind does that: a drill recovers parts. */
    readonly fullSystem: boolean;
  };
  readonly objectives: { readonly rto: ObjectiveFacts; readonly rpo: ObjectiveFacts };
  readonly data: {
    readonly checked: boolean;
    /** At least one check of the recovered data passed and none failed. */
    readonly verified: boolean;
    /** Every file or block was compared, by its hash. */
    readonly byContent: boolean;
    readonly baseline: boolean;
  };
  readonly recovery: { readonly completed: boolean; readonly attempted: boolean };
  readonly target: {
    readonly primary: string;
    readonly dr: string;
    readonly crossRegion: boolean;
    readonly otherAccount: boolean;
  };
  readonly backup: {
    /** A recovery point was found: what was restored is known. */
    readonly known: boolean;
    readonly scheduled: boolean;
    readonly encrypted: boolean;
    readonly copyMeasured: boolean;
  };
  readonly teardown: { readonly clean: boolean };
  readonly intent: { readonly signed: boolean };
  /** Reviews come after the bundle; the mapping in it cannot know them. */
  readonly review: { readonly present: boolean; readonly actions: boolean };
}

export interface ObjectiveFacts {
  readonly set: boolean;
  readonly measured: boolean;
  readonly met: boolean;
}

/** What reviews have brought: known to reports that are rendered after them, never to the bundle they are of. */
export type ReviewFacts = RunFacts["review"];

const NOT_REVIEWED: ReviewFacts = { present: false, actions: false };

export function factsOf(record: RunRecord, review = NOT_REVIEWED): RunFacts {
  const { objectives, recovery, point } = measure(record);
  const { outcome, leftovers } = verdictOf(record);
  const passed = passedChecks(record);
  const { primary, dr } = record.run.regions;
  const objective = (name: string) => objectiveFacts(objectives.find((one) => one.objective === name));
  return {
    run: {
      outcome,
      evidenceClass: evidenceClassOf(record),
      concluded: !["refused", "aborted", "internal-error"].includes(outcome),
      faultInjected: false,
      fullSystem: false,
    },
    objectives: { rto: objective("RTO"), rpo: objective("RPO") },
    data: {
      checked: record.checks.length > 0,
      verified: passed.length > 0 && record.checks.every((check) => check.passed),
      byContent: record.checks.some(({ algorithm, expected }) => algorithm !== undefined && expected !== undefined),
      baseline: record.checks.some(({ expected }) => expected !== undefined),
    },
    recovery: { completed: recovery !== undefined, attempted: record.disasterAt !== undefined },
    target: { primary, dr, crossRegion: primary !== dr, otherAccount: false },
    backup: {
      known: record.recoveryPoint.recoveryPointId !== undefined,
      scheduled: pointsOf(record).every(({ basis }) => basis === "scheduled"),
      encrypted: pointsOf(record).every(({ encrypted }) => encrypted === true),
      copyMeasured: point.copyLagMs !== undefined,
    },
    teardown: { clean: leftovers.length === 0 },
    intent: { signed: record.identity?.intent !== undefined },
    review,
  };
}

function pointsOf({ recoveryPoint, recoveryPoints }: RunRecord): RunRecord["recoveryPoints"] {
  return recoveryPoints.length > 0 ? recoveryPoints : [recoveryPoint];
}

function objectiveFacts(result: ObjectiveResult | undefined): ObjectiveFacts {
  return { set: result !== undefined, measured: result?.actualMs !== undefined, met: result?.met === true };
}
