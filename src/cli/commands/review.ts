import { join, resolve } from "node:path";
import { printable } from "../../drill/printable.ts";
import { Failure } from "../../engine/failure.ts";
import { sha256 } from "../../evidence/attestation/result.ts";
import { reviewBundle } from "../../evidence/bundle/review-bundle.ts";
import { verifyBundle, type VerifiedBundle } from "../../evidence/bundle/verify-bundle.ts";
import { Wrong } from "../../evidence/bundle/wrong.ts";
import { appendEntry, readRunLedger } from "../../evidence/run-ledger/append.ts";
import { openKeyFile } from "../../evidence/signing/key-file.ts";
import type { Signer } from "../../evidence/signing/signer.ts";
import { isoInstant } from "../../time/clock.ts";
import { systemClock } from "../../time/system-clock.ts";
import type { Io } from "../io.ts";
import { ledgerPath, withRunLedger } from "../evidence/run-ledger-lock.ts";
import { readDecisions } from "../evidence/review-decisions.ts";
import { openSigner } from "../evidence/signing-key.ts";
import { bundleRenderer } from "../evidence/bundle-renderer.ts";
import { GAMEDAY_FOLDER } from "../runs/run-folder.ts";
import { expectedKey } from "../evidence/verify-options.ts";

export interface ReviewOptions {
  readonly bundle: string;
  readonly decision: "accept" | "reject";
  readonly reviewer: string;
  readonly comment?: string;
  /** `D-1=Jane Doe,2026-12-31,restore again`: who owns the fix of a deviation, until when, and what it is. */
  readonly action?: readonly string[];
  /** `D-2=why it stays as it is`. */
  readonly acceptRisk?: readonly string[];
  /** The reviewer's own private key; one is made in `.gameday/keys/review.pem` when there is none. */
  readonly key?: string;
  /** The key the bundle must be signed with. */
  readonly signedBy?: string;
  readonly allowSelfReview?: boolean;
}

/** Verifies a bundle and adds a signed review to it; nothing else of it changes. */
export async function review(options: ReviewOptions, io: Io): Promise<number> {
  const folder = resolve(io.cwd, options.bundle);
  const bundle = await verified(folder, await expectedKey(options.signedBy, io));
  const signer = await openSigner({ key: options.key, use: "reviews" }, io);
  if (signer.key.keyId === bundle.key.keyId && options.allowSelfReview !== true) throw sameKey(signer.key.keyId);
  const reviewedAt = isoInstant(systemClock.now());
  const decided = readDecisions(options, bundle.report);
  const statement = await reviewBundle({
    folder,
    bundle,
    decision: options.decision,
    reviewer: options.reviewer,
    comment: options.comment ?? "",
    ...decided,
    reviewedAt,
    signer,
    allowSelfReview: options.allowSelfReview ?? false,
  });
  await recordReview(options, io, { bundle, statement, signer, reviewedAt });
  io.stdout.write(`${options.decision} by ${printable(options.reviewer)}, signed by key ${signer.key.keyId}\n`);
  if (await holdsRunKey(io, bundle.key.keyId))
    io.stdout.write(
      "note: the key that has signed the run is here too: whoever has both can have made run and review; review where the operator is not\n",
    );
  return 0;
}

/** Whether the project's own key for runs, in the folder where the review was made, is the one that has signed this run. */
async function holdsRunKey(io: Io, keyId: string): Promise<boolean> {
  const own = await openKeyFile(join(io.cwd, GAMEDAY_FOLDER, "keys", "signing.pem")).catch(() => undefined);
  return own?.key.keyId === keyId;
}

async function verified(folder: string, key: string | undefined): Promise<VerifiedBundle> {
  try {
    return await verifyBundle({ folder, renderer: bundleRenderer, ...(key === undefined ? {} : { key }) });
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    throw new Failure({
      code: "bundle-wrong",
      message: `there is nothing to review, the bundle is not whole: ${error.message}`,
      fixer: "operator",
      next: "get the bundle again from where it was written",
      cause: error,
    });
  }
}

interface Made {
  readonly bundle: VerifiedBundle;
  readonly statement: string;
  readonly signer: Signer;
  readonly reviewedAt: string;
}

/** The ledger learns of reviews made where it is; reviewers elsewhere have none of that run. */
async function recordReview({ decision }: ReviewOptions, io: Io, made: Made): Promise<void> {
  const { run, evidenceClass } = made.bundle.result.gameday;
  const path = ledgerPath(io.cwd);
  const { entries } = await readRunLedger(path);
  if (!entries.some((entry) => entry.run === run)) return;
  await withRunLedger({ cwd: io.cwd, runId: run }, () =>
    appendEntry(path, made.signer, () => ({
      at: made.reviewedAt,
      type: "review",
      run,
      drill: made.bundle.record.run.drill.name,
      evidenceClass,
      decision,
      bundle: sha256(made.bundle.manifest),
      statement: made.statement,
    })),
  );
}

function sameKey(keyId: string): Failure {
  return new Failure({
    code: "self-review",
    message: `key ${keyId} has signed the run: a review is signed with another person's key`,
    fixer: "operator",
    next: "give the reviewer's own key with --key",
  });
}
