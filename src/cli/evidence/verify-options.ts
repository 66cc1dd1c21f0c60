import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { whyNotLive } from "../../evidence/attestation/evidence-class.ts";
import type { VerifiedBundle } from "../../evidence/bundle/verify-bundle.ts";
import { readPublicKey } from "../../evidence/signing/public-key.ts";
import { formatBudget } from "../../time/duration.ts";
import type { Io } from "../io.ts";

/** What a verifier may ask of a bundle besides that it is whole. */
export interface Policy {
  readonly liveOnly?: boolean;
  readonly passedOnly?: boolean;
  readonly reviewed?: boolean;
  /** Milliseconds. */
  readonly maxAge?: number;
}

/** The key id that `--key` means: hex digits, or the key in a file. @throws Failure `no-such-key` */
export async function expectedKey(key: string | undefined, io: Io): Promise<string | undefined> {
  if (key === undefined || /^[0-9a-f]{64}$/.test(key)) return key;
  const pem = await readFile(resolve(io.cwd, key), "utf8").catch(() => "");
  const found = readPublicKey(pem);
  if (found) return found.keyId;
  throw new Failure({
    code: "no-such-key",
    message: `${JSON.stringify(key)} is neither a key id (64 hex digits) nor a file with a public key in PEM`,
    fixer: "operator",
    next: "ask whoever signs for keys/signer.pub.pem or the key id, by a way that is not this bundle",
  });
}

/** What the bundle lacks of what was asked for; all of it. */
export function policyGaps(bundle: VerifiedBundle, policy: Policy, now: number): readonly string[] {
  const { result, reviews } = bundle;
  const { finishedAt } = result.gameday;
  // From the journal, whatever the statement says.
  const notLive = whyNotLive(bundle.record);
  const ageMs = now - Date.parse(finishedAt);
  const last = reviews.at(-1);
  return [
    ...(policy.liveOnly && notLive !== undefined ? [`its evidence is emulated, not live: ${notLive}`] : []),
    ...(policy.passedOnly && result.result !== "PASSED" ? [`its result is ${result.result}, not PASSED`] : []),
    ...(policy.maxAge !== undefined && !(ageMs <= policy.maxAge)
      ? [`it ended at ${finishedAt}, longer ago than ${formatBudget(policy.maxAge)}`]
      : []),
    ...(policy.reviewed ? reviewGaps(last) : []),
  ];
}

function reviewGaps(last: VerifiedBundle["reviews"][number] | undefined): readonly string[] {
  if (!last) return ["nobody has reviewed it"];
  if (last.selfReviewed) return ["its last review is by its operator"];
  return last.decision === "accept" ? [] : [`its last review, by ${last.reviewer}, rejects it`];
}
