import type { ReadJournal } from "../../engine/read-journal.ts";
import { contradictionsIn } from "../run-ledger/contradictions.ts";
import type { RunLedger, RunLedgerEntry } from "../run-ledger/entry.ts";
import { knownJournals, whyNotExtended } from "../run-ledger/extension.ts";
import { sha256 } from "../attestation/result.ts";
import { defined } from "../defined.ts";
import type { SignedPart } from "./verify-signed.ts";
import type { VerifiedReview } from "./verify-reviews.ts";
import { difference } from "./difference.ts";
import { Wrong } from "./wrong.ts";

export interface LedgerCheck {
  readonly ledger: RunLedger;
  /** What errors call it. */
  readonly path: string;
  /** A head hash that was written down elsewhere: the ledger must still hold that line. */
  readonly pinnedHead?: string;
}

/** A result that the run had after the bundle's: the run was resumed, and its journal goes on. */
export interface LaterResult {
  /** Number of the ledger's line, from 1. */
  readonly line: number;
  readonly outcome: string;
  /** SHA-256 of its bundle's manifest; absent where none could be written. */
  readonly bundle?: string;
}

/**
 * The bundle stands in the ledger of runs where its intent says, and the ledger has lost nothing that is known from elsewhere.
 * Gives the run's last result where that is a later one. @throws Wrong
 */
export function verifyInLedger(
  check: LedgerCheck,
  signed: SignedPart,
  { journal, reviews }: { readonly journal: ReadJournal; readonly reviews: readonly VerifiedReview[] },
): LaterResult | undefined {
  const { ledger, path, pinnedHead } = check;
  if (pinnedHead !== undefined && !ledger.hashes.includes(pinnedHead))
    throw new Wrong(
      path,
      `it holds no line with the pinned head ${pinnedHead}: its tail was cut off, or it was rewritten`,
    );
  const { intent, intentDigest, manifestText, resultDigest } = signed;
  const { run } = signed.result.gameday;
  if (intent) checkIntentLine(check, intent.ledger, intentDigest);
  const bundle = sha256(manifestText);
  const results = ledger.entries.filter((entry) => entry.run === run && entry.type === "result");
  if (results.length === 0)
    throw new Wrong(path, `it has no result of run ${run}: its tail was cut off, or the run was not recorded`);
  const own = results.findLast((entry) => entry.bundle === bundle && entry.statement === resultDigest);
  if (!own) throw new Wrong(path, `its result of run ${run} is another bundle's`);
  checkOwnLine(path, own, signed);
  const contradiction = contradictionsIn(ledger).find((what) => what.startsWith(`run ${run}: `));
  if (contradiction !== undefined) throw new Wrong(path, contradiction);
  for (const known of knownJournals(ledger, run).filter(({ line }) => line <= own.seq + 1)) {
    const why = whyNotExtended(journal, known);
    if (why !== undefined) throw new Wrong("journal.jsonl", why);
  }
  const known = new Set(reviews.map(({ statement }) => statement));
  const lost = ledger.entries.find(
    (entry) => entry.type === "review" && entry.bundle === bundle && !known.has(entry.statement ?? ""),
  );
  if (lost)
    throw new Wrong("attestations/review.intoto.jsonl", `a review of ${lost.at} that the ledger knows is missing`);
  return laterResult(results, signed.result.gameday.journal.events);
}

/** Another bundle of the same journal, of so many lines, is no later result. */
function laterResult(results: readonly RunLedgerEntry[], events: number): LaterResult | undefined {
  const last = results.at(-1);
  if (!last?.journal || last.journal.events <= events) return undefined;
  return defined<LaterResult>({ line: last.seq + 1, outcome: last.outcome ?? "", bundle: last.bundle });
}

/** A line is worth what its signature is, and says nothing that the signed statement does not hold. */
function checkOwnLine(path: string, own: RunLedgerEntry, { key, result }: SignedPart): void {
  const line = `line ${own.seq + 1}, the result of this bundle,`;
  if (own.sig === undefined)
    throw new Wrong(path, `${line} is not signed: an earlier gameday wrote it, or anybody; it proves nothing`);
  if (own.keyid !== key.keyId)
    throw new Wrong(path, `${line} is signed by key ${own.keyid}, and the bundle by ${key.keyId}`);
  const { outcome, evidenceClass, journal } = result.gameday;
  const said = { outcome: own.outcome, evidenceClass: own.evidenceClass, journal: own.journal };
  const found = difference(said, { outcome, evidenceClass, journal }, { path: "", wording: undefined });
  if (found !== undefined) throw new Wrong(path, `${line} is not what the bundle's statement says: ${found}`);
}

function checkIntentLine(
  { ledger, path }: LedgerCheck,
  place: { sequence: number; previous: string },
  digest: string | undefined,
): void {
  const entry = ledger.entries[place.sequence];
  if (!entry)
    throw new Wrong(
      path,
      `it ends before line ${place.sequence + 1}, where the intent was written: its tail was cut off`,
    );
  if (entry.prev !== place.previous || entry.statement !== digest)
    throw new Wrong(path, `line ${place.sequence + 1} is not the intent of this bundle: the ledger was rewritten`);
}
