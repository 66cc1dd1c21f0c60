import { join } from "node:path";
import { openEnvelope } from "../../evidence/attestation/envelope.ts";
import { INTENT_STATEMENT } from "../../evidence/bundle/bundle-file.ts";
import type { Signer } from "../../evidence/signing/signer.ts";
import { Failure } from "../../engine/failure.ts";
import { readRunLedger } from "../../evidence/run-ledger/append.ts";
import type { Io } from "../io.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import { ledgerPath } from "./run-ledger-lock.ts";
import { openSigner } from "./signing-key.ts";
import { readRegularText } from "../../engine/regular-file.ts";

/**
 * What a run's statements are signed with: the key of its intent, once there is one. Statements by two keys would make a bundle
 * that nobody accepts. @throws Failure `other-signing-key`
 */
export async function openRunSigner(key: string | undefined, run: RunFolder, io: Io): Promise<Signer> {
  const signer = await openSigner({ key }, io);
  const bound = await intentKey(run);
  if (bound === undefined || bound === signer.key.keyId) return signer;
  const custody = await custodyOf(bound, io);
  const which = custody?.startsWith("arn:") ? `--key ${custody}` : "--key FILE with that key";
  throw new Failure({
    code: "other-signing-key",
    message: `run ${run.runId} has its intent signed by key ${bound}${custody === undefined ? "" : ` (${custody})`}, and would go on with key ${signer.key.keyId} (${signer.key.custody})`,
    fixer: "operator",
    next: `give ${which}; where it is lost: gameday cleanup ${run.runId} --yes, then a new run`,
    consequence: "refused",
  });
}

/** As the ledger of runs tells it; it may be damaged, which others tell. */
async function custodyOf(keyId: string, io: Io): Promise<string | undefined> {
  const { entries } = await readRunLedger(ledgerPath(io.cwd)).catch(() => ({ entries: [] }));
  return entries.find(({ keyid }) => keyid === keyId)?.custody;
}

/** Undefined for a run that has declared nothing yet. */
async function intentKey({ path }: RunFolder): Promise<string | undefined> {
  const line = await readRegularText(join(path, INTENT_STATEMENT)).catch(() => "");
  const envelope = openEnvelope(line.trimEnd());
  return typeof envelope === "string" ? undefined : envelope.keyId;
}
