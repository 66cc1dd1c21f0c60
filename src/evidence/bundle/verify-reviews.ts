import { whyNotSigned } from "../attestation/envelope.ts";
import { readReview } from "../attestation/read-statement.ts";
import type { Review } from "../attestation/statements.ts";
import { readPublicKey } from "../signing/public-key.ts";
import { MANIFEST, REVIEW_STATEMENT, RESULT_STATEMENT } from "./bundle-file.ts";
import { sha256 } from "../attestation/result.ts";
import { plainSize, readPart } from "./read-bundle.ts";
import type { SignedPart } from "./verify-signed.ts";
import { Wrong } from "./wrong.ts";

export interface VerifiedReview extends Review {
  readonly keyId: string;
  /** SHA-256 of its envelope. */
  readonly statement: string;
}

/** The signed reviews, in the order they were made: each about this bundle, by the key it names, not by the operator. */
export async function verifyReviews(folder: string, signed: SignedPart): Promise<readonly VerifiedReview[]> {
  if ((await plainSize(folder, REVIEW_STATEMENT)) === undefined) return [];
  const text = await readPart(folder, REVIEW_STATEMENT);
  if (!text.endsWith("\n")) throw new Wrong(REVIEW_STATEMENT, "its last line is cut off");
  return text
    .slice(0, -1)
    .split("\n")
    .map((line, index) => verifyReview(line, index + 1, signed));
}

function verifyReview(line: string, number: number, signed: SignedPart): VerifiedReview {
  const wrong = (what: string) => new Wrong(REVIEW_STATEMENT, `line ${number}: ${what}`);
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
  if (isSamePerson(predicate.reviewer, predicate.operator) !== predicate.selfReviewed)
    throw wrong("it hides that operator and reviewer are the same");
  return { ...predicate, keyId: key.keyId, statement: sha256(line) };
}

/** Whether a reviewer's name is that of the operator: its ARN, or the last part of it (the user's or session's name). */
export function isSamePerson(reviewer: string, operator: string): boolean {
  const plain = (text: string) => text.normalize("NFKC").trim().toLowerCase();
  const [one, other] = [plain(reviewer), plain(operator)];
  return one === other || one === other.slice(other.lastIndexOf("/") + 1);
}
