import type { RunLedger, RunLedgerEntry } from "./entry.ts";

/** What a run's lines say against each other; none for a ledger that can be believed. Unsigned lines are not asked. */
export function contradictionsIn({ entries }: RunLedger): readonly string[] {
  const runs = new Map<string, RunLedgerEntry[]>();
  for (const entry of entries) {
    if (entry.sig === undefined || entry.type === "review") continue;
    const known = runs.get(entry.run);
    if (known) known.push(entry);
    else runs.set(entry.run, [entry]);
  }
  return [...runs.values()].flatMap((lines) => [...ofKeys(lines), ...ofResults(lines)]);
}

/** A run that was refused may have been bundled before it was declared, with any key. */
function ofKeys(lines: readonly RunLedgerEntry[]): readonly string[] {
  const [intent, ...others] = lines.filter(({ type }) => type === "intent");
  if (!intent) return [];
  const strangers = lines.filter(({ seq, keyid }) => seq > intent.seq && keyid !== intent.keyid);
  return [
    ...others.map((entry) => `${place(entry)} declares it again, after line ${lineOf(intent)}`),
    ...strangers.map((entry) => `${place(entry)} is signed by key ${entry.keyid}, and its intent by ${intent.keyid}`),
  ];
}

/** The same journal has one outcome, and no journal ever gets shorter. Whether a longer one extends, the journal itself must show. */
function ofResults(lines: readonly RunLedgerEntry[]): readonly string[] {
  const results = lines.filter(({ type }) => type === "result");
  return results.flatMap((entry, index) => {
    const before = results[index - 1];
    if (!before?.journal || !entry.journal) return [];
    if (entry.journal.events < before.journal.events)
      return [
        `${place(entry)} has a journal of ${entry.journal.events} lines, and line ${lineOf(before)} one of ${before.journal.events}`,
      ];
    if (entry.journal.events > before.journal.events) return [];
    if (entry.journal.head !== before.journal.head)
      return [`${place(entry)} has another journal than line ${lineOf(before)}, as long: it was written again`];
    return entry.outcome === before.outcome
      ? []
      : [
          `${place(entry)} says ${entry.outcome}, line ${lineOf(before)} ${before.outcome}, and no resume is between them`,
        ];
  });
}

function place(entry: RunLedgerEntry): string {
  return `run ${entry.run}: line ${lineOf(entry)}`;
}

function lineOf({ seq }: RunLedgerEntry): number {
  return seq + 1;
}
