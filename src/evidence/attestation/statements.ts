import type { DrillRegions, Phase } from "../../drill/drill.ts";
import type { RunOutcome } from "../../engine/events.ts";
import type { DrillFile } from "../../engine/facts.ts";

/** in-toto Statement v1. */
export interface Statement<P> {
  readonly _type: "https://in-toto.io/Statement/v1";
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: P;
}

/** What a statement is about; it always has a digest. */
export interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

export const INTENT_TYPE = "urn:gameday:attestation:intent:v1";
export const RESULT_TYPE = "https://in-toto.io/attestation/test-result/v0.1";
export const REVIEW_TYPE = "urn:gameday:attestation:review:v1";

/**
 * What a run's figures can be evidence of. `live`: the real AWS. `emulated`: the sandbox, or whatever answers at an endpoint of
 * the user's own; never evidence that AWS would have recovered anything.
 */
export type EvidenceClass = "live" | "emulated";

/** What was going to be done, signed before the first call that changes anything. */
export interface Intent {
  readonly run: string;
  readonly declaredAt: string;
  readonly drill: { readonly name: string; readonly sha256: string };
  /** Terraform's configuration and programs that steps use. */
  readonly files?: readonly DrillFile[];
  readonly objectives: { readonly rtoMs?: number; readonly rpoMs?: number };
  readonly regions: DrillRegions;
  readonly controls: readonly string[];
  readonly plannedSteps: readonly { readonly id: string; readonly phase: Phase; readonly uses: string }[];
  readonly evidenceClass: EvidenceClass;
  readonly account: string;
  readonly operator: string;
  readonly gameday: string;
  readonly ledger: LedgerPlace;
}

/** Where a statement's line stands in the ledger of runs, and the hash of the line before it. */
export interface LedgerPlace {
  readonly sequence: number;
  readonly previous: string;
}

/** in-toto test-result v0.1, https://github.com/in-toto/attestation: the standard fields, and gameday's own below one name. */
export interface Result {
  readonly result: "PASSED" | "WARNED" | "FAILED";
  readonly configuration: readonly Subject[];
  readonly passedTests: readonly string[];
  readonly warnedTests: readonly string[];
  readonly failedTests: readonly string[];
  readonly gameday: ResultFacts;
}

export interface ResultFacts {
  readonly run: string;
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly evidenceClass: EvidenceClass;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly operator: string;
  /** SHA-256 of the journal's last line, and how many lines there are: a cut tail is found. */
  readonly journal: { readonly head: string; readonly events: number };
  /** SHA-256 of the intent's envelope; absent for a run that was refused before it. */
  readonly intent?: string;
}

/** What somebody else than the operator says of a bundle, later. */
export interface Review {
  readonly run: string;
  readonly decision: "accept" | "reject";
  readonly reviewer: string;
  readonly operator: string;
  readonly selfReviewed: boolean;
  readonly comment: string;
  /** What is to be done about deviations, by whom. */
  readonly actions?: readonly AgreedAction[];
  /** Deviations that stay as they are. */
  readonly acceptedRisks?: readonly AcceptedRisk[];
  readonly reviewedAt: string;
  /** SHA-256 of the envelope of the review before this one; absent in the first. */
  readonly previous?: string;
  /** The reviewer's public key in PEM: reviews are made with a key of their own. */
  readonly publicKey: string;
}

/** A deviation of the result, by id and code, and who puts it right. */
export interface AgreedAction {
  readonly deviation: string;
  readonly code: string;
  readonly owner: string;
  /** `2026-12-31`. */
  readonly due: string;
  readonly action?: string;
}

/** A deviation that is left as it is, and why. */
export interface AcceptedRisk {
  readonly deviation: string;
  readonly code: string;
  readonly reason: string;
}

export function statement<P>(predicateType: string, about: readonly Subject[], predicate: P): Statement<P> {
  return { _type: "https://in-toto.io/Statement/v1", subject: about, predicateType, predicate };
}

export function subject(name: string, sha256: string): Subject {
  return { name, digest: { sha256 } };
}
