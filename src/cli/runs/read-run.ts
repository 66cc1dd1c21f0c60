import { foldEvents } from "../../engine/fold.ts";
import { readJournal, type ReadJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { journalPath } from "../../engine/run.ts";

/** A run's journal and what it says. @throws Failure when the journal is damaged or cannot be read, and `nothing-begun` */
export async function readRun(path: string): Promise<{ readonly journal: ReadJournal; readonly record: RunRecord }> {
  const journal = await readJournal(journalPath(path));
  return { journal, record: foldEvents(journal.events) };
}
