import { whyNotSigned } from "../attestation/envelope.ts";
import { readReview } from "../attestation/read-statement.ts";
import { sha256 } from "../attestation/result.ts";
import type { Review } from "../attestation/statements.ts";
import { readPublicKey } from "../signing/public-key.ts";
import { MANIFEST, REVIEW_STATEMENT, RESULT_STATEMENT } from "./bundle-file.ts";
import { plainSize, readPart } from "./read-bundle.ts";
import { isSamePerson, readAs } from "./review-person.ts";
import type { SignedPart } from "./verify-signed.ts";
import { Wrong } from "./wrong.ts";

export interface VerifiedReview extends Review {
  readonly keyId: string;
  /** SHA-256 of its envelope. */
  readonly statement: string;
}

export interface ReviewsOf {
  readonly folder: string;
  readonly signed: SignedPart;
  /** All that whoever ran the drill is called: the run's principals, the operator that its plan names. */
  readonly operators: readonly string[];
}

/**
 * The signed reviews, in the order they were made: each about this bundle, by the key it names, following the one before it, none of them
 * twice, and none that hides that it is the operator's. @throws Wrong
 */
export async function verifyReviews({ folder, ...of }: ReviewsOf): Promise<readonly VerifiedReview[]> {
  if ((await plainSize(folder, REVIEW_STATEMENT)) === undefined) return [];
  const text = await readPart(folder, REVIEW_STATEMENT);
  if (!text.endsWith("\n")) throw new Wrong(REVIEW_STATEMENT, "its last line is cut off");
  const reviews: VerifiedReview[] = [];
  for (const line of text.slice(0, -1).split("\n")) {
    const wrong = (what: string) => new Wrong(REVIEW_STATEMENT, `line ${reviews.length + 1}: ${what}`);
    const review = verifyReview(line, of, wrong);
    checkPlace(review, reviews.at(-1), wrong);
    reviews.push(review);
  }
  return reviews;
}

type Blame = (what: string) => Wrong;

function verifyReview(line: string, { signed, operators }: Omit<ReviewsOf, "folder">, wrong: Blame): VerifiedReview {
  const read = readReview(line);
  if (typeof read === "string") throw wrong(read);
  const { predicate, subject } = read.statement;
  const key = readPublicKey(predicate.publicKey);
  if (!key) throw wrong("it holds no public key");
  const why = whyNotSigned(read.envelope, key);
  if (why !== undefined) throw wrong(why);
  const digestOf = (name: string) => subject.find((one) => one.name === name)?.digest.sha256;
  if (digestOf(MANIFEST) !== sha256(signed.manifestText)) throw wrong("it is about another bundle");
  if (digestOf(RESULT_STATEMENT) !== signed.resultDigest) throw wrong("it is about another result");
  if (predicate.run !== signed.result.gameday.run) throw wrong(`it is of run ${predicate.run}`);
  if (predicate.operator !== signed.result.gameday.operator) throw wrong("it names another operator than the result");
  if (readAs(predicate.reviewer) === "") throw wrong("it names no reviewer");
  if (isSamePerson(predicate.reviewer, operators) !== predicate.selfReviewed)
    throw wrong("it hides that operator and reviewer are the same");
  return { ...predicate, keyId: key.keyId, statement: sha256(line) };
}

/** Lines that are copied, moved or left out do not follow each other, and nobody but their reviewers can make them. */
function checkPlace(review: VerifiedReview, before: VerifiedReview | undefined, wrong: Blame): void {
  if (before === undefined && review.previous !== undefined) throw wrong("it follows a review that is not here");
  if (before === undefined) return;
  if (review.previous !== before.statement)
    throw wrong(
      "it does not follow the line before it: it was moved or copied, or made without that one; its reviewer reviews again",
    );
  if (Date.parse(review.reviewedAt) < Date.parse(before.reviewedAt))
    throw wrong(`it is of ${review.reviewedAt}, and the review before it of ${before.reviewedAt}`);
}
