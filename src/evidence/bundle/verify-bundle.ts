import type { RunRecord } from "../../engine/record.ts";
import type { Result as ReportedResult } from "../result/result.ts";
import type { PublicKeyInfo } from "../signing/signer.ts";
import type { Intent, Result } from "../attestation/statements.ts";
import { verifyFiles } from "./verify-files.ts";
import { verifyInLedger, type LedgerCheck } from "./verify-ledger.ts";
import { verifyRecord } from "./verify-record.ts";
import { verifyResult } from "./verify-result.ts";
import { verifyReviews, type VerifiedReview } from "./verify-reviews.ts";
import { verifySigned } from "./verify-signed.ts";
import { plainSize } from "./read-bundle.ts";
import { MANIFEST } from "./bundle-file.ts";
import { Wrong } from "./wrong.ts";

export interface VerifyOf {
  /** The bundle's folder. */
  readonly folder: string;
  /** A key id the verifier has from elsewhere. */
  readonly key?: string;
  readonly ledger?: LedgerCheck;
  /** Of the gameday that verifies: a result made by the same one must be the same to the letter. */
  readonly version?: string;
}

export interface VerifiedBundle {
  readonly record: RunRecord;
  /** `result.json`, which follows from the record. */
  readonly report: ReportedResult;
  readonly result: Result;
  readonly intent?: Intent;
  readonly reviews: readonly VerifiedReview[];
  readonly key: PublicKeyInfo;
  readonly files: number;
  /** SHA-256 of the result's envelope. */
  readonly resultDigest: string;
  /** The manifest's text. */
  readonly manifest: string;
}

/**
 * Checks a bundle offline: signatures, manifest, every file, the journal's chain, whether what was signed is what the journal
 * says and result.json too, that the intent came first, and the reviews. @throws Wrong with the first thing that is wrong.
 */
export async function verifyBundle({ folder, key, ledger, version }: VerifyOf): Promise<VerifiedBundle> {
  if ((await plainSize(folder, MANIFEST)) === undefined) throw new Wrong(MANIFEST, "it is missing: this is no bundle");
  const signed = await verifySigned(folder, key);
  const digests = await verifyFiles(folder, signed.manifestText);
  const record = await verifyRecord(folder, signed, { digests, version });
  const report = await verifyResult(folder, record, version);
  const reviews = await verifyReviews(folder, signed);
  if (ledger) verifyInLedger(ledger, signed, reviews);
  return {
    record,
    report,
    result: signed.result,
    ...(signed.intent ? { intent: signed.intent } : {}),
    reviews,
    key: signed.key,
    files: digests.size,
    resultDigest: signed.resultDigest,
    manifest: signed.manifestText,
  };
}
