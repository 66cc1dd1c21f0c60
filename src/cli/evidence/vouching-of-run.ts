import { join } from "node:path";
import type { JournalTail } from "../../engine/journal.ts";
import { readIntent } from "../../evidence/attestation/read-statement.ts";
import { sha256 } from "../../evidence/attestation/result.ts";
import { INTENT_STATEMENT } from "../../evidence/bundle/bundle-file.ts";
import { verifyBundle, type VerifiedBundle } from "../../evidence/bundle/verify-bundle.ts";
import { Wrong } from "../../evidence/bundle/wrong.ts";
import { readRunLedger } from "../../evidence/run-ledger/append.ts";
import type { BundleState, DeclaredIntent, Vouching } from "../../evidence/vouching.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import { bundlePath } from "../runs/run-folder.ts";
import { bundleRenderer } from "./bundle-renderer.ts";
import { ledgerPath } from "./run-ledger-lock.ts";
import { readRegularFile, readRegularText } from "../../engine/regular-file.ts";

export interface VouchingOf {
  readonly cwd: string;
  readonly run: RunFolder;
  readonly journal: JournalTail;
}

/** What vouches for a run's record in its folder, and the reviews of its bundle. */
export async function vouchingOfRun(
  of: VouchingOf,
): Promise<Vouching & { readonly reviews: VerifiedBundle["reviews"] }> {
  const intent = await intentOf(of.run);
  const { state: bundle, bundle: verified } = await bundleState(of);
  return { journal: of.journal, intent, bundle, key: verified?.key, reviews: verified?.reviews ?? [] };
}

/** The intent in a run's folder; whether it is the one the journal names, the bundle's verification tells. */
export async function intentOf({ path }: RunFolder): Promise<DeclaredIntent | undefined> {
  const text = await readRegularText(join(path, INTENT_STATEMENT)).catch(() => "");
  const read = readIntent(text.trimEnd());
  return typeof read === "string" ? undefined : { statement: read.statement.predicate, digest: sha256(text.trimEnd()) };
}

interface Found {
  readonly state?: BundleState;
  readonly bundle?: VerifiedBundle;
}

/** A bundle that the run had before it was taken up again is of another record: as if there were none. */
async function bundleState({ cwd, run, journal }: VouchingOf): Promise<Found> {
  const folder = bundlePath(run);
  if (!(await readRegularFile(join(folder, "MANIFEST.sha256")).catch(() => undefined))) return {};
  try {
    const bundle = await verifyBundle({ folder, renderer: bundleRenderer });
    if (bundle.result.gameday.journal.head !== journal.prev) return {};
    const digest = sha256(bundle.manifest);
    const ledgerLine = await ledgerLineOf(cwd, digest);
    return { bundle, state: { state: "verified", files: bundle.files, digest, ledgerLine } };
  } catch (error) {
    if (error instanceof Wrong) return { state: { state: "wrong", why: error.message } };
    throw error;
  }
}

/** A ledger that cannot be read is the business of whoever verifies, not of a report. */
async function ledgerLineOf(cwd: string, digest: string): Promise<number | undefined> {
  const { entries } = await readRunLedger(ledgerPath(cwd)).catch(() => ({ entries: [] }));
  const index = entries.findIndex(({ bundle, type }) => type === "result" && bundle === digest);
  return index < 0 ? undefined : index + 1;
}
