import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { whyNotLive } from "../../evidence/attestation/evidence-class.ts";
import { readAs } from "../../evidence/bundle/review-person.ts";
import type { VerifiedBundle } from "../../evidence/bundle/verify-bundle.ts";
import { readPublicKey } from "../../evidence/signing/public-key.ts";
import { formatBudget } from "../../time/duration.ts";
import type { Io } from "../io.ts";

/** What a verifier may ask of a bundle besides that it is whole. */
export interface Policy {
  readonly liveOnly?: boolean;
  readonly passedOnly?: boolean;
  readonly reviewed?: boolean;
  /** The id of the key that a review must be signed with; its last one counts. */
  readonly reviewerKey?: string;
  /** Milliseconds. */
  readonly maxAge?: number;
}

/** What a key that is asked for is to have signed. */
export type Signs = "the bundle" | "the review";

const ASK: Readonly<Record<Signs, string>> = {
  "the bundle": "ask whoever signs for keys/signer.pub.pem or the key id, by a way that is not this bundle",
  "the review": "ask the reviewer for the public key or the key id, by a way that is not this bundle",
};

/** The key id that an option means: hex digits, or the key in a file. @throws Failure `no-such-key` */
export async function expectedKey(
  key: string | undefined,
  io: Io,
  signs: Signs = "the bundle",
): Promise<string | undefined> {
  if (key === undefined || /^[0-9a-f]{64}$/.test(key)) return key;
  const pem = await readFile(resolve(io.cwd, key), "utf8").catch(() => "");
  const found = readPublicKey(pem);
  if (found) return found.keyId;
  throw new Failure({
    code: "no-such-key",
    message: `${JSON.stringify(key)} is neither a key id (64 hex digits) nor a file with a public key in PEM`,
    fixer: "operator",
    next: ASK[signs],
  });
}

/** Clocks of two machines that are kept right are never so far apart: AWS itself refuses signatures that are 5 minutes off (SigV4). */
const FUTURE_MARGIN_MS = 5 * 60_000;

/** What the bundle lacks of what was asked for; all of it. */
export function policyGaps(bundle: VerifiedBundle, policy: Policy, now: number): readonly string[] {
  const { result, record, laterResult } = bundle;
  // From the journal, whatever the statement says.
  const notLive = whyNotLive(record);
  const endedAt = record.lastAt.at;
  const ageMs = now - Date.parse(endedAt);
  const { liveOnly, passedOnly, maxAge } = policy;
  return [
    ...(liveOnly && notLive !== undefined ? [`its evidence is emulated, not live: ${notLive}`] : []),
    ...(passedOnly && result.result !== "PASSED" ? [`its result is ${result.result}, not PASSED`] : []),
    ...(passedOnly && laterResult && laterResult.outcome !== "passed"
      ? [`the run went on, and came to ${laterResult.outcome} (line ${laterResult.line} of the ledger)`]
      : []),
    ...(maxAge !== undefined && !(ageMs <= maxAge)
      ? [`it ended at ${endedAt}, longer ago than ${formatBudget(maxAge)}`]
      : []),
    ...(liveOnly || maxAge !== undefined ? fromTheFuture(bundle, now) : []),
    ...(policy.reviewed || policy.reviewerKey !== undefined ? reviewGaps(bundle, policy.reviewerKey) : []),
  ];
}

/** A rehearsal's virtual clock runs ahead; AWS's does not, and a clock that was set forward would keep evidence fresh for years. */
export function fromTheFuture({ record }: VerifiedBundle, now: number): readonly string[] {
  const aheadMs = Date.parse(record.lastAt.at) - now;
  if (whyNotLive(record) !== undefined || !(aheadMs > FUTURE_MARGIN_MS)) return [];
  return [`it ended at ${record.lastAt.at}, which is still to come: one of the clocks is wrong`];
}

function reviewGaps({ reviews, key }: VerifiedBundle, reviewerKey: string | undefined): readonly string[] {
  const counted = reviewerKey === undefined ? reviews : reviews.filter(({ keyId }) => keyId === reviewerKey);
  const last = counted.at(-1);
  if (!last)
    return [reviewerKey === undefined ? "nobody has reviewed it" : `no review is signed by key ${reviewerKey}`];
  return [
    ...(last.selfReviewed ? ["its last review is by its operator"] : []),
    ...(last.keyId === key.keyId ? [`its last review, by ${last.reviewer}, is signed with the run's own key`] : []),
    ...(last.decision === "accept" ? [] : [`its last review, by ${last.reviewer}, rejects it`]),
  ];
}

/** A later bundle of the same run: the ledger knows of what was resumed, and gameday renames what it writes another one beside. */
export function supersededNotes({ laterResult }: VerifiedBundle, folder: string): readonly string[] {
  if (laterResult) {
    const { line, outcome, bundle } = laterResult;
    const where = bundle === undefined ? "without a bundle" : `bundle ${bundle.slice(0, 12)}`;
    return [`superseded: the run went on, and came to ${outcome} (line ${line} of the ledger, ${where})`];
  }
  if (!/\.superseded-\d+\/?$/.test(folder)) return [];
  return ["superseded, by the name of its folder: there is a later bundle of the run"];
}

/** What makes reviews worth less than they look. */
export function reviewNotes({ reviews, key }: VerifiedBundle): readonly string[] {
  const own = reviews.filter(({ keyId }) => keyId === key.keyId);
  const names = new Map<string, Map<string, string>>();
  for (const { keyId, reviewer } of reviews) {
    const known = names.get(keyId) ?? new Map<string, string>();
    names.set(keyId, known.set(readAs(reviewer), reviewer));
  }
  const shared = [...names].filter(([, people]) => people.size > 1);
  return [
    ...own.map(
      ({ reviewer }) => `the review by ${reviewer} is signed with the run's own key: who ran it can have made it`,
    ),
    ...shared.map(
      ([id, people]) => `key ${id} has signed reviews by ${[...people.values()].join(" and ")}: one key, one person`,
    ),
  ];
}
