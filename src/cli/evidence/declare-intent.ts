import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Drill } from "../../drill/drill.ts";
import type { JournaledEvent } from "../../engine/events.ts";
import type { DrillFile } from "../../engine/facts.ts";
import type { Identity } from "../../engine/run.ts";
import { seal } from "../../evidence/attestation/envelope.ts";
import { evidenceClass } from "../../evidence/attestation/evidence-class.ts";
import { intentStatement } from "../../evidence/attestation/intent.ts";
import { sha256 } from "../../evidence/attestation/result.ts";
import type { EvidenceClass, LedgerPlace } from "../../evidence/attestation/statements.ts";
import { INTENT_STATEMENT } from "../../evidence/bundle/bundle-file.ts";
import { appendEntry, readRunLedger } from "../../evidence/run-ledger/append.ts";
import type { RunLedgerEntry } from "../../evidence/run-ledger/entry.ts";
import type { Signer } from "../../evidence/signing/signer.ts";
import type { Clock } from "../../time/clock.ts";
import { isoInstant } from "../../time/clock.ts";
import { ledgerPath, withRunLedger } from "./run-ledger-lock.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import { GAMEDAY_VERSION } from "../version.ts";
import { readRegularText } from "../../engine/regular-file.ts";
import { replaceFile } from "../../engine/replace-file.ts";

export interface Declaration {
  readonly cwd: string;
  readonly folder: RunFolder;
  readonly drill: Drill;
  /** What of the drill's folder its steps use. */
  readonly files: readonly DrillFile[];
  readonly mode: "live" | "rehearsal";
  readonly identity: Identity;
  /** Whether it was AWS that answered the guard's calls. */
  readonly allAws: boolean;
  readonly clock: Clock;
  readonly signer: Signer;
  /** Of the earlier processes of the run. */
  readonly earlier: readonly JournaledEvent[];
}

/**
 * Signs what the run is going to do and writes it to the run's folder and the ledger of runs, before anything is changed. A run
 * that goes on keeps the intent it began with. Returns the SHA-256 of the statement's envelope. @throws Failure `ledger-damaged`: a
 * run whose result could not be entered afterwards is not begun.
 */
export async function declareIntent(of: Declaration): Promise<string> {
  const path = join(of.folder.path, INTENT_STATEMENT);
  return withRunLedger({ cwd: of.cwd, runId: of.folder.runId }, async () => {
    const { entries } = await readRunLedger(ledgerPath(of.cwd));
    const known = await earlierIntent(of, path, entries);
    if (known !== undefined) return known;
    let digest = "";
    await appendEntry(ledgerPath(of.cwd), of.signer, async (place) => {
      const line = await seal(intentStatement(promise(of, place)), of.signer);
      digest = sha256(line);
      await writeNew(path, `${line}\n`);
      return {
        at: isoInstant(of.clock.now()),
        type: "intent",
        run: of.folder.runId,
        drill: of.drill.name,
        evidenceClass: classOf(of),
        statement: digest,
      };
    });
    return digest;
  });
}

function promise(of: Declaration, ledger: LedgerPlace) {
  return {
    runId: of.folder.runId,
    drill: of.drill,
    files: of.files,
    declaredAt: isoInstant(of.clock.now()),
    evidenceClass: classOf(of),
    account: of.identity.account,
    operator: of.identity.arn,
    gameday: GAMEDAY_VERSION,
    ledger,
  };
}

function classOf({ mode, identity, allAws }: Declaration): EvidenceClass {
  return evidenceClass({ mode, account: identity.account, allAws });
}

/** The intent that the journal or the ledger knows; one that neither has heard of was cut off before anything happened. */
async function earlierIntent(
  of: Declaration,
  path: string,
  entries: readonly RunLedgerEntry[],
): Promise<string | undefined> {
  const text = await readRegularText(path).catch(() => undefined);
  if (text === undefined) return undefined;
  const digest = sha256(text.trimEnd());
  const journaled = of.earlier.some((event) => event.type === "identity-confirmed" && event.intent === digest);
  if (journaled) return digest;
  return entries.some(({ statement }) => statement === digest) ? digest : undefined;
}

async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, text, 0o600);
}
