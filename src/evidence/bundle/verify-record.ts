import { foldEvents } from "../../engine/fold.ts";
import { Failure } from "../../engine/failure.ts";
import { parseJournal, type ReadJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { evidenceClassOf } from "../attestation/evidence-class.ts";
import { testLists } from "../attestation/tests.ts";
import { judge, verdictOf } from "../verdict.ts";
import { INTENT_STATEMENT, RESULT_STATEMENT } from "./bundle-file.ts";
import type { Digests } from "./manifest.ts";
import { readBytes } from "./read-bundle.ts";
import type { SignedPart } from "./verify-signed.ts";
import { Wrong } from "./wrong.ts";

const JOURNAL = "journal.jsonl";
const DRILL = "plan/drill.yaml";

/** What is signed is what the journal says, weighed again; and the intent came first. */
export async function verifyRecord(
  folder: string,
  signed: SignedPart,
  { digests, version }: { readonly digests: Digests; readonly version: string | undefined },
): Promise<RunRecord> {
  const journal = await readChain(folder);
  const record = foldEvents(journal.events);
  const { run, journal: tail } = signed.result.gameday;
  if (journal.tail.seq !== tail.events)
    throw new Wrong(JOURNAL, `it has ${journal.tail.seq} events, and ${tail.events} were signed`);
  if (journal.tail.prev !== tail.head) throw new Wrong(JOURNAL, "its last line is not the one that was signed");
  if (record.run.runId !== run) throw new Wrong(JOURNAL, `it is of run ${record.run.runId}, and the result of ${run}`);
  if (digests.get(DRILL) !== record.run.drill.sha256) throw new Wrong(DRILL, "it is not the drill file that was run");
  checkSubjects(signed, digests);
  checkOwnWord(journal, record, version);
  checkWeight(record, signed);
  checkIntent(journal, record, signed);
  return record;
}

async function readChain(folder: string): Promise<ReadJournal> {
  const bytes = await readBytes(folder, JOURNAL);
  try {
    const journal = parseJournal(bytes, JOURNAL);
    if (journal.tornBytes > 0) throw new Wrong(JOURNAL, "its last line is cut off");
    if (journal.events[0]?.type !== "run-started") throw new Wrong(JOURNAL, "line 1 is not the beginning of a run");
    return journal;
  } catch (error) {
    if (error instanceof Failure) throw new Wrong(JOURNAL, error.message.replace(`${JOURNAL}:`, "line "));
    throw error;
  }
}

function checkSubjects({ resultSubjects }: SignedPart, digests: Digests): void {
  for (const { name, digest } of resultSubjects)
    if (digests.has(name) && digests.get(name) !== digest.sha256)
      throw new Wrong(RESULT_STATEMENT, `it is about another ${name} than the manifest`);
}

/** The run's own last word follows from its facts; only where the gameday that verifies is the one that ran, for rules change. */
function checkOwnWord({ events }: ReadJournal, record: RunRecord, version: string | undefined): void {
  const others = events.some(
    (event) => (event.type === "run-started" || event.type === "run-resumed") && event.versions.gameday !== version,
  );
  if (others || !record.finished) return;
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
  const weighed = testLists(record).result;
  if (result.result === "PASSED" && weighed !== "PASSED")
    throw new Wrong(RESULT_STATEMENT, `it says PASSED, and weighed again the run is ${weighed}`);
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
  checkPromise(record, signed, event.at);
}

function checkPromise(record: RunRecord, { intent, intentSubjects }: SignedPart, confirmedAt: string): void {
  const { run } = record;
  if (!intent) return;
  const digest = intentSubjects?.find(({ name }) => name === DRILL)?.digest.sha256;
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
}
