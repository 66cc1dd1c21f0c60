import type { IdentityConfirmed } from "../../engine/events.ts";
import { foldEvents } from "../../engine/fold.ts";
import { Failure } from "../../engine/failure.ts";
import { parseJournal, type ReadJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { evidenceClassOf } from "../attestation/evidence-class.ts";
import type { Intent } from "../attestation/statements.ts";
import { judge, verdictOf } from "../verdict.ts";
import { INTENT_STATEMENT, RESULT_STATEMENT } from "./bundle-file.ts";
import { JOURNAL } from "./bundle-files.ts";
import { difference } from "./difference.ts";
import type { Digests } from "./manifest.ts";
import { readBytes } from "./read-bundle.ts";
import { versionsIn } from "./told-result.ts";
import type { SignedPart } from "./verify-signed.ts";
import { Wrong } from "./wrong.ts";

const DRILL = "plan/drill.yaml";

/** The journal of a bundle, and what it comes to. */
export interface VerifiedRecord {
  readonly record: RunRecord;
  readonly journal: ReadJournal & { readonly bytes: Buffer };
}

/** What is signed is what the journal says, weighed again; and the intent came first. */
export async function verifyRecord(
  folder: string,
  signed: SignedPart,
  { digests, version }: { readonly digests: Digests; readonly version: string },
): Promise<VerifiedRecord> {
  const journal = await readChain(folder);
  const record = foldEvents(journal.events);
  const { run, journal: tail } = signed.result.gameday;
  if (journal.tail.seq !== tail.events)
    throw new Wrong(JOURNAL, `it has ${journal.tail.seq} events, and ${tail.events} were signed`);
  if (journal.tail.prev !== tail.head) throw new Wrong(JOURNAL, "its last line is not the one that was signed");
  if (record.run.runId !== run) throw new Wrong(JOURNAL, `it is of run ${record.run.runId}, and the result of ${run}`);
  if (!digests.has(DRILL)) throw new Wrong(DRILL, "it is missing");
  if (digests.get(DRILL) !== record.run.drill.sha256) throw new Wrong(DRILL, "it is not the drill file that was run");
  checkOwnWord(journal, record, version);
  checkWeight(record, signed);
  checkIntent(journal, record, signed);
  return { record, journal };
}

async function readChain(folder: string): Promise<VerifiedRecord["journal"]> {
  const bytes = await readBytes(folder, JOURNAL);
  try {
    const journal = parseJournal(bytes, JOURNAL);
    if (journal.tornBytes > 0) throw new Wrong(JOURNAL, "its last line is cut off");
    if (journal.events[0]?.type !== "run-started") throw new Wrong(JOURNAL, "line 1 is not the beginning of a run");
    return { ...journal, bytes };
  } catch (error) {
    if (error instanceof Failure) throw new Wrong(JOURNAL, error.message.replace(`${JOURNAL}:`, "line "));
    throw error;
  }
}

/** The run's own last word follows from its facts; only where the gameday that verifies is the one that ran, for rules change. */
function checkOwnWord(journal: ReadJournal, record: RunRecord, version: string): void {
  if (versionsIn(journal).some((one) => one !== version) || !record.finished) return;
  const { outcome } = judge(record);
  if (record.finished.outcome !== outcome)
    throw new Wrong(JOURNAL, `its last event says ${record.finished.outcome}, and what it tells before is ${outcome}`);
}

/** A signed word that the journal does not bear out is wrong, whoever has signed it. */
function checkWeight(record: RunRecord, { result }: SignedPart): void {
  const real = evidenceClassOf(record);
  const { evidenceClass, outcome, exitCode } = result.gameday;
  if (evidenceClass !== real)
    throw new Wrong(RESULT_STATEMENT, `it says ${evidenceClass}, and the journal is of a run that was ${real}`);
  if (real === "emulated" && result.result === "PASSED")
    throw new Wrong(RESULT_STATEMENT, "a rehearsal cannot be PASSED");
  const verdict = verdictOf(record);
  if (outcome !== verdict.outcome || exitCode !== verdict.exitCode)
    throw new Wrong(
      RESULT_STATEMENT,
      `it says ${outcome} (${exitCode}), and the journal ${verdict.outcome} (${verdict.exitCode})`,
    );
}

/** Pre-registration: the journal names the intent before its first step, so another one cannot take its place later. */
function checkIntent(journal: ReadJournal, record: RunRecord, signed: SignedPart): void {
  const { intent, intentDigest, result } = signed;
  const confirmed = journal.events.findIndex(({ type }) => type === "identity-confirmed");
  const begun = journal.events.findIndex(({ type }) => type === "step-started" || type === "resource-intended");
  if (!intent || intentDigest === undefined) {
    if (begun === -1 && result.gameday.intent === undefined) return;
    throw new Wrong(INTENT_STATEMENT, "it is missing: nothing shows that objectives and plan were fixed beforehand");
  }
  const event = journal.events[confirmed];
  if (event?.type !== "identity-confirmed" || event.intent !== intentDigest || (begun !== -1 && begun < confirmed))
    throw new Wrong(INTENT_STATEMENT, "it is not the intent that the journal names before its first step");
  if (result.gameday.intent !== intentDigest)
    throw new Wrong(INTENT_STATEMENT, "it is not the intent that the result names");
  if (intent.run !== record.run.runId) throw new Wrong(INTENT_STATEMENT, `it is of run ${intent.run}`);
  checkPromise(record, { intent, subjects: signed.intentSubjects }, event);
}

function checkPromise(
  record: RunRecord,
  { intent, subjects }: { readonly intent: Intent; readonly subjects: SignedPart["intentSubjects"] },
  { account, arn, at: confirmedAt }: IdentityConfirmed & { readonly at: string },
): void {
  const { run } = record;
  const digest = subjects?.find(({ name }) => name === DRILL)?.digest.sha256;
  if (digest !== run.drill.sha256 || intent.drill.sha256 !== run.drill.sha256)
    throw new Wrong(INTENT_STATEMENT, "it is about another drill file than the one that was run");
  if (Date.parse(intent.declaredAt) > Date.parse(confirmedAt))
    throw new Wrong(
      INTENT_STATEMENT,
      `it was declared at ${intent.declaredAt}, after the run had gone on at ${confirmedAt}`,
    );
  if (intent.objectives.rtoMs !== run.objectives.rtoMs || intent.objectives.rpoMs !== run.objectives.rpoMs)
    throw new Wrong(INTENT_STATEMENT, "its objectives are not those of the run");
  if (intent.evidenceClass !== evidenceClassOf(record))
    throw new Wrong(
      INTENT_STATEMENT,
      `it announces a run that is ${intent.evidenceClass}, and the journal is of another`,
    );
  const { regions, controls, plannedSteps, gameday, operator, files = [] } = intent;
  const announced = {
    drill: intent.drill,
    files,
    regions,
    controls,
    plannedSteps,
    account: intent.account,
    operator,
    gameday,
  };
  const found = difference(
    announced,
    {
      drill: { name: run.drill.name, sha256: run.drill.sha256 },
      files: run.files ?? [],
      regions: run.regions,
      controls: run.controls,
      plannedSteps: run.steps.map(({ id, phase, uses }) => ({ id, phase, uses })),
      account,
      operator: arn,
      gameday: run.versions.gameday,
    } satisfies typeof announced,
    { path: "", wording: undefined },
  );
  if (found !== undefined) throw new Wrong(INTENT_STATEMENT, found);
}
