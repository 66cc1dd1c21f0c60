import type { ReadJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { resultOf, type Result as ReportedResult } from "../result/result.ts";
import type { PublicKeyInfo } from "../signing/signer.ts";
import type { Intent, Result } from "../attestation/statements.ts";
import { readToldResult } from "./told-result.ts";
import { verifyDerived, type Derived } from "./verify-derived.ts";
import { verifyFiles } from "./verify-files.ts";
import { verifyInLedger, type LaterResult, type LedgerCheck } from "./verify-ledger.ts";
import { verifyRecord } from "./verify-record.ts";
import { verifyReviews, type VerifiedReview } from "./verify-reviews.ts";
import { verifySigned } from "./verify-signed.ts";
import { verifyStatement } from "./verify-statement.ts";
import { plainSize } from "./read-bundle.ts";
import { MANIFEST } from "./bundle-file.ts";
import type { Renderer } from "./renderer.ts";
import { Wrong } from "./wrong.ts";

export interface VerifyOf {
  /** The bundle's folder. */
  readonly folder: string;
  /** A key id the verifier has from elsewhere. */
  readonly key?: string;
  readonly ledger?: LedgerCheck;
  /** Of the gameday that verifies: what the same one has made must be the same to the letter. */
  readonly renderer: Renderer;
}

export interface VerifiedBundle extends Derived {
  readonly record: RunRecord;
  /** The result as this version of gameday weighs the record. */
  readonly report: ReportedResult;
  /** The version of gameday that rendered it. */
  readonly renderedBy: string;
  readonly result: Result;
  readonly intent?: Intent;
  readonly reviews: readonly VerifiedReview[];
  /** What the run came to after this bundle was written, as the ledger knows it. */
  readonly laterResult?: LaterResult;
  /** All that whoever ran the drill is called: ARNs of the run's principals, the operator that its plan names. */
  readonly operators: readonly string[];
  readonly key: PublicKeyInfo;
  readonly files: number;
  /** SHA-256 of the result's envelope. */
  readonly resultDigest: string;
  /** The manifest's text. */
  readonly manifest: string;
}

/**
 * Checks a bundle offline: signatures, manifest, every file, the journal's chain, that the intent came first; makes everything that is
 * not the journal again of it and compares, the signed statement too; and the reviews. @throws Wrong with the first thing that is wrong.
 */
export async function verifyBundle({ folder, key, ledger, renderer }: VerifyOf): Promise<VerifiedBundle> {
  if ((await plainSize(folder, MANIFEST)) === undefined) throw new Wrong(MANIFEST, "it is missing: this is no bundle");
  const signed = await verifySigned(folder, key);
  const digests = await verifyFiles(folder, signed.manifestText);
  const { version } = renderer;
  const { record, journal } = await verifyRecord(folder, signed, { digests, version });
  const told = await readToldResult(folder, { record, journal, version });
  const derived = await blaming(told.renderedBy, version, async () => {
    const files = await verifyDerived({ folder, signed, digests, record, journal, told, renderer });
    verifyStatement(signed, { record, journal: journal.tail, digests, sameVersion: told.renderedBy === version });
    return files;
  });
  const operators = operatorsIn(journal, record);
  const reviews = await verifyReviews({ folder, signed, operators });
  const laterResult = ledger && verifyInLedger(ledger, signed, { journal, reviews });
  return {
    record,
    report: resultOf(record),
    renderedBy: told.renderedBy,
    ...derived,
    result: signed.result,
    ...(signed.intent ? { intent: signed.intent } : {}),
    reviews,
    ...(laterResult ? { laterResult } : {}),
    operators,
    key: signed.key,
    files: digests.size,
    resultDigest: signed.resultDigest,
    manifest: signed.manifestText,
  };
}

/** A run that was taken up again may have had another principal before. */
function operatorsIn({ events }: ReadJournal, { run }: RunRecord): readonly string[] {
  const principals = events.flatMap((event) => (event.type === "identity-confirmed" ? [event.arn] : []));
  return [...new Set([...principals, ...(run.plan?.operator === undefined ? [] : [run.plan.operator])])];
}

/** What another version has made may have been right by that one's rules: who reads must know that it was another. */
async function blaming<T>(renderedBy: string, version: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Wrong) || renderedBy === version) throw error;
    throw new Wrong(
      error.file,
      `${error.what} (gameday ${renderedBy} has rendered it, this is ${version}: look with that one too)`,
    );
  }
}
