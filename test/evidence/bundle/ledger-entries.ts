import { evidenceClassOf } from "../../../src/evidence/attestation/evidence-class.ts";
import type { NewEntry } from "../../../src/evidence/run-ledger/append.ts";
import { verdictOf } from "../../../src/evidence/verdict.ts";
import type { SmallBundle } from "./small-bundle.ts";

/** The lines that gameday writes for a bundle. */
export function intentEntry(of: SmallBundle): NewEntry {
  return { ...common(of), type: "intent", statement: of.intent };
}

export function resultEntry(of: SmallBundle): NewEntry {
  const journal = { head: of.journal.prev, events: of.journal.seq };
  const { outcome } = verdictOf(of.record);
  return { ...common(of), type: "result", outcome, bundle: of.digest, statement: of.statement, journal };
}

function common({ record }: SmallBundle) {
  const { runId: run, drill } = record.run;
  return { at: record.lastAt.at, run, drill: drill.name, evidenceClass: evidenceClassOf(record) };
}
