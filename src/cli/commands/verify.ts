import { resolve } from "node:path";
import { printable } from "../../drill/printable.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { Failure } from "../../engine/failure.ts";
import type { LedgerCheck } from "../../evidence/bundle/verify-ledger.ts";
import { verifyBundle, type VerifiedBundle } from "../../evidence/bundle/verify-bundle.ts";
import { Wrong } from "../../evidence/bundle/wrong.ts";
import { readRunLedger } from "../../evidence/run-ledger/append.ts";
import { systemClock } from "../../time/system-clock.ts";
import type { Io } from "../io.ts";
import { bundleRenderer } from "../evidence/bundle-renderer.ts";
import { verifiedLines } from "../evidence/verified-lines.ts";
import {
  expectedKey,
  fromTheFuture,
  policyGaps,
  reviewNotes,
  supersededNotes,
  type Policy,
} from "../evidence/verify-options.ts";

export interface VerifyOptions extends Policy {
  /** The bundle's folder. */
  readonly bundle: string;
  /** A key id, or a file with the public key. */
  readonly key?: string;
  /** The key id, or a file with the public key, that a review must be signed with. */
  readonly reviewerKey?: string;
  /** The ledger of runs the bundle must stand in. */
  readonly ledger?: string;
  /** A hash of one of its lines that was written down elsewhere. */
  readonly ledgerHead?: string;
}

/** Checks a bundle offline and names the first thing that is wrong. */
export async function verify(options: VerifyOptions, io: Io): Promise<number> {
  const key = await expectedKey(options.key, io);
  const reviewerKey = await expectedKey(options.reviewerKey, io, "the review");
  const ledger = await ledgerCheck(options, io);
  try {
    const folder = resolve(io.cwd, options.bundle);
    const bundle = await verifyBundle({
      folder,
      renderer: bundleRenderer,
      ...(key === undefined ? {} : { key }),
      ...(ledger ? { ledger } : {}),
    });
    return tell(bundle, { ...options, ...(reviewerKey === undefined ? {} : { reviewerKey }) }, io);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    io.stderr.write(`WRONG ${printable(error.file)}: ${printable(error.what)}\n`);
    return EXIT_CODES.evidence.code;
  }
}

async function ledgerCheck({ ledger, ledgerHead }: VerifyOptions, io: Io): Promise<LedgerCheck | undefined> {
  if (ledger === undefined) return undefined;
  const pinned = ledgerHead === undefined ? {} : { pinnedHead: ledgerHead };
  try {
    return { ledger: await readRunLedger(resolve(io.cwd, ledger)), path: ledger, ...pinned };
  } catch (error) {
    if (!(error instanceof Failure) || error.details.code !== "ledger-damaged") throw error;
    throw new Failure({ ...error.details, cause: error });
  }
}

function tell(bundle: VerifiedBundle, options: VerifyOptions, io: Io): number {
  const now = systemClock.now();
  const gaps = policyGaps(bundle, options, now);
  const notes = [
    ...(options.key === undefined
      ? ["note: without --key, the key is the bundle's own word; compare its id with one from elsewhere"]
      : []),
    ...(options.ledger === undefined ? ["note: without --ledger, nothing is known of other runs"] : []),
    ...(options.reviewerKey === undefined && bundle.reviews.length > 0
      ? [
          "note: without --reviewer-key, who has reviewed is the review's own word: anybody can make a key and write a name",
        ]
      : []),
    ...[...supersededNotes(bundle, options.bundle), ...reviewNotes(bundle), ...fromTheFuture(bundle, now)].map(
      (note) => `note: ${note}`,
    ),
  ];
  io.stdout.write([...verifiedLines(bundle), ...notes].map((line) => `${printable(line)}\n`).join(""));
  for (const gap of gaps) io.stderr.write(`NOT ACCEPTED ${printable(gap)}\n`);
  return gaps.length > 0 ? EXIT_CODES.evidence.code : 0;
}
