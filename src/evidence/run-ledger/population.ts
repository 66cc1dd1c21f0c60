import { defined } from "../defined.ts";
import type { RunLedgerEntry } from "./entry.ts";

/** One run as the ledger knows it: a member of the population that an auditor takes samples from. */
export interface RecordedRun {
  readonly run: string;
  readonly drill: string;
  readonly evidenceClass: RunLedgerEntry["evidenceClass"];
  /** ISO instant of its first line. */
  readonly began: string;
  /** Every result that the ledger has of it, in order; a run that was resumed has several. */
  readonly results: readonly RecordedResult[];
  /** No line of it is signed: an earlier gameday wrote them, or anybody, and they prove nothing. */
  readonly unsigned: boolean;
  /** Of its last result; `incomplete` for an intent that none has followed: cut off, or still going on. */
  readonly outcome: string;
  /** SHA-256 of the manifest of its last bundle. */
  readonly bundle?: string;
  /** Of its last review. */
  readonly decision?: string;
  /** It came to more than a refusal and nobody had declared it beforehand. */
  readonly undeclared: boolean;
}

export interface RecordedResult {
  /** Number of the ledger's line, from 1. */
  readonly line: number;
  readonly outcome: string;
  /** How many lines the journal had. */
  readonly events?: number;
  readonly bundle?: string;
  readonly signed: boolean;
}

/** Every run of a ledger, in the order they began. */
export function populationOf(entries: readonly RunLedgerEntry[]): readonly RecordedRun[] {
  const runs = new Map<string, RunLedgerEntry[]>();
  for (const entry of entries) {
    const known = runs.get(entry.run);
    if (known) known.push(entry);
    else runs.set(entry.run, [entry]);
  }
  return [...runs.values()].flatMap((lines) => recorded(lines) ?? []);
}

function recorded(lines: readonly RunLedgerEntry[]): RecordedRun | undefined {
  const [first] = lines;
  if (!first) return undefined;
  const results = lines.filter(({ type }) => type === "result");
  const result = results.at(-1);
  const declared = lines.some(({ type }) => type === "intent");
  return defined<RecordedRun>({
    run: first.run,
    drill: first.drill,
    evidenceClass: first.evidenceClass,
    began: first.at,
    results: results.map(recordedResult),
    unsigned: lines.every(({ sig }) => sig === undefined),
    outcome: result?.outcome ?? "incomplete",
    bundle: result?.bundle,
    decision: lines.findLast(({ type }) => type === "review")?.decision,
    undeclared: !declared && result !== undefined && result.outcome !== "refused",
  });
}

function recordedResult({ seq, outcome = "", bundle, journal, sig }: RunLedgerEntry): RecordedResult {
  const signed = sig !== undefined;
  return defined<RecordedResult>({ line: seq + 1, outcome, events: journal?.events, bundle, signed });
}
