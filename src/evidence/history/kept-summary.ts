import { join } from "node:path";
import type { RunRecord } from "../../engine/record.ts";
import { journalEnd, type JournalEnd } from "./journal-end.ts";
import { summarise, summaryShape, type RunSummary } from "./run-summary.ts";
import { readRegularTextSync } from "../../engine/regular-file.ts";
import { replaceFile } from "../../engine/replace-file.ts";

/** A summary with the end of the journal that it was made of. */
export interface KeptSummary extends JournalEnd {
  readonly summary: RunSummary;
}

/** In a run's folder: what history needs of it, so that folders which come from elsewhere need not be read whole. */
const KEPT_FILE = "summary.json";

/** Whether a journal still ends as it did when the summary was made. */
export function fits(kept: JournalEnd, end: JournalEnd): boolean {
  return end.head !== "" && kept.head === end.head && kept.bytes === end.bytes;
}

/** Undefined for what is none. */
export function readKept(text: string): KeptSummary | undefined {
  if (text === "") return undefined;
  try {
    const { bytes, head, summary } = JSON.parse(text) as KeptSummary;
    const checked = summaryShape.safeParse(summary);
    return checked.success ? { bytes, head, summary: checked.data } : undefined;
  } catch {
    return undefined;
  }
}

/** The summary that a run's folder keeps; undefined where there is none. Synchronous, as there may be ten thousand. */
export function keptIn(runFolder: string): KeptSummary | undefined {
  try {
    return readKept(readRegularTextSync(join(runFolder, KEPT_FILE)));
  } catch {
    return undefined;
  }
}

/** Keeps the summary of a run that has come to its end. A folder that cannot be written to is read whole later. */
export async function keepSummary(runFolder: string, record: RunRecord): Promise<void> {
  const end = journalEnd(join(runFolder, "journal.jsonl"));
  if (!end || end.head === "") return;
  const kept: KeptSummary = { ...end, summary: summarise(record) };
  await replaceFile(join(runFolder, KEPT_FILE), `${JSON.stringify(kept)}\n`, 0o600).catch(() => undefined);
}
