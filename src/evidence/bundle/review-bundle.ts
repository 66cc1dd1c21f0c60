import { constants } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { openOwnFile } from "../../engine/regular-file.ts";
import { seal } from "../attestation/envelope.ts";
import { sha256 } from "../attestation/result.ts";
import {
  REVIEW_TYPE,
  statement,
  subject,
  type AcceptedRisk,
  type AgreedAction,
  type Review,
} from "../attestation/statements.ts";
import type { Signer } from "../signing/signer.ts";
import { MANIFEST, RESULT_STATEMENT, REVIEW_STATEMENT } from "./bundle-file.ts";
import type { VerifiedBundle } from "./verify-bundle.ts";
import { isSamePerson, readAs } from "./review-person.ts";

export interface ReviewOf {
  readonly folder: string;
  readonly bundle: VerifiedBundle;
  readonly decision: Review["decision"];
  readonly reviewer: string;
  readonly comment: string;
  readonly actions: readonly AgreedAction[];
  readonly acceptedRisks: readonly AcceptedRisk[];
  readonly reviewedAt: string;
  readonly signer: Signer;
  /** A review by the operator is made only when asked for, and says what it is. */
  readonly allowSelfReview: boolean;
}

/** Adds a signed review to a bundle that was just verified; nothing else in it changes. Returns the statement's SHA-256. */
export async function reviewBundle(of: ReviewOf): Promise<string> {
  const { bundle, signer } = of;
  const { operator, run } = bundle.result.gameday;
  const before = bundle.reviews.at(-1);
  if (readAs(of.reviewer) === "") throw nameless();
  if (before && Date.parse(of.reviewedAt) < Date.parse(before.reviewedAt)) throw clockBehind(of.reviewedAt, before);
  const selfReviewed = isSamePerson(of.reviewer, bundle.operators);
  if (selfReviewed && !of.allowSelfReview) throw selfReview(of.reviewer, bundle.operators);
  const line = await seal(
    statement<Review>(
      REVIEW_TYPE,
      [subject(MANIFEST, sha256(bundle.manifest)), subject(RESULT_STATEMENT, bundle.resultDigest)],
      {
        run,
        decision: of.decision,
        reviewer: of.reviewer,
        operator,
        selfReviewed,
        comment: of.comment,
        ...(of.actions.length > 0 ? { actions: of.actions } : {}),
        ...(of.acceptedRisks.length > 0 ? { acceptedRisks: of.acceptedRisks } : {}),
        reviewedAt: of.reviewedAt,
        ...(before ? { previous: before.statement } : {}),
        publicKey: signer.key.publicKeyPem,
      },
    ),
    signer,
  );
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  const file = await openOwnFile(join(of.folder, REVIEW_STATEMENT), flags, 0o644);
  try {
    await file.appendFile(`${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return sha256(line);
}

function nameless(): Failure {
  return new Failure({
    code: "reviewer-nameless",
    message: "the reviewer's name has nothing in it that can be read",
    fixer: "operator",
    next: 'name the reviewer: --reviewer "Ada Lovelace"',
  });
}

function clockBehind(now: string, { reviewedAt, reviewer }: Review): Failure {
  return new Failure({
    code: "clock-behind",
    message: `the last review, by ${reviewer}, is of ${reviewedAt}, and this machine's clock says ${now}: reviews stand in the order of their time`,
    fixer: "operator",
    next: "set this machine's clock, then review again",
  });
}

function selfReview(reviewer: string, operators: readonly string[]): Failure {
  return new Failure({
    code: "self-review",
    message: `${reviewer} is the operator of this run (${operators.join(", ")}): a review is another person's`,
    fixer: "operator",
    next: "let somebody else review it, or add --allow-self-review; the bundle will then say self-reviewed",
  });
}
