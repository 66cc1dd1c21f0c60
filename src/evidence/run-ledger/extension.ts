import type { ReadJournal } from "../../engine/read-journal.ts";
import type { RunLedger } from "./entry.ts";

/** A run's journal as a result line of the ledger knows it. */
export interface KnownJournal {
  /** SHA-256 of its last line. */
  readonly head: string;
  /** How many lines it had. */
  readonly events: number;
  /** Number of the ledger's line, from 1. */
  readonly line: number;
}

/** What the ledger knows of a run's journal, in the order of its lines. Lines that nobody has signed prove nothing, and are left out. */
export function knownJournals({ entries }: RunLedger, run: string): readonly KnownJournal[] {
  return entries.flatMap(({ type, run: id, journal, sig, seq }) =>
    type === "result" && id === run && journal && sig !== undefined ? [{ ...journal, line: seq + 1 }] : [],
  );
}

/**
 * A journal is only ever appended to, and after a result by a run that was resumed or cleaned up alone: whatever a result of the
 * ledger has seen of it must still be its beginning. Undefined when it is; else what is wrong.
 */
export function whyNotExtended({ events, tail }: ReadJournal, known: KnownJournal): string | undefined {
  const { line, head } = known;
  if (known.events > events.length)
    return `it has ${events.length} lines, and had ${known.events} when line ${line} of the ledger was written: it was cut`;
  const next = events[known.events];
  if ((next?.prev ?? tail.prev) !== head)
    return `its line ${known.events} is not the one that line ${line} of the ledger knows: it was written again since`;
  if (next && next.type !== "run-resumed")
    return `it goes on after line ${known.events}, its end when line ${line} of the ledger was written, without a resume`;
  return undefined;
}
