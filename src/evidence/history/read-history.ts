import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { foldEvents } from "../../engine/fold.ts";
import { machineFailure } from "../../engine/machine-failure.ts";
import { readJournal } from "../../engine/read-journal.ts";
import { journalEnd, type JournalEnd } from "./journal-end.ts";
import { fits, keptIn, readKept, type KeptSummary } from "./kept-summary.ts";
import { summarise, type RunSummary } from "./run-summary.ts";
import { readRegularText } from "../../engine/regular-file.ts";
import { replaceFile } from "../../engine/replace-file.ts";

export interface History {
  /** Oldest first. */
  readonly runs: readonly RunSummary[];
  /** Run folders whose journal cannot be read, and why. */
  readonly unreadable: readonly { readonly run: string; readonly why: string }[];
}

export interface HistoryFolders {
  /** Holds one folder a run. */
  readonly runs: string;
  /** A file of summaries, taken only where journal size and head still fit; so is the one that a run's folder keeps. */
  readonly cache: string;
}

/** Every run, from the journals. What is cached is a shortcut and never believed over a journal. */
export async function readHistory(folders: HistoryFolders): Promise<History> {
  const cache = await readCache(folders.cache);
  const runs: RunSummary[] = [];
  const unreadable: { run: string; why: string }[] = [];
  const fresh: string[] = [];
  const buffer = Buffer.allocUnsafe(4096);
  for (const run of (await readdir(folders.runs).catch(noneYet)).sort()) {
    const path = join(folders.runs, run, "journal.jsonl");
    const end = endOf(path, buffer);
    if (!end) continue;
    if (typeof end === "string") {
      unreadable.push({ run, why: end });
      continue;
    }
    const known = cache.get(run);
    if (known && fits(known, end)) runs.push(known.summary);
    else {
      const kept = keptIn(join(folders.runs, run));
      const summary = kept && fits(kept, end) && kept.summary.run === run ? kept.summary : await readSummary(path);
      if (typeof summary === "string") unreadable.push({ run, why: summary });
      else {
        runs.push(summary);
        fresh.push(JSON.stringify({ ...end, summary }));
      }
    }
  }
  if (fresh.length > 0) await writeCache(folders.cache, cache, fresh);
  return { runs, unreadable };
}

/** A string says why there is one that cannot be read. */
function endOf(path: string, buffer: Buffer): JournalEnd | string | undefined {
  try {
    return journalEnd(path, buffer);
  } catch (error) {
    return (machineFailure(error, path) ?? toError(error)).message;
  }
}

/** A folder that is not there yet holds no run; one that may not be read is not the same as an empty one. */
function noneYet(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

async function readSummary(path: string): Promise<RunSummary | string> {
  try {
    return summarise(foldEvents((await readJournal(path)).events));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** By run. Lines that cannot be read are as if they were not there. */
async function readCache(path: string): Promise<ReadonlyMap<string, KeptSummary>> {
  const text = await readRegularText(path).catch(() => "");
  const cache = new Map<string, KeptSummary>();
  for (const line of text.split("\n")) {
    const cached = readKept(line);
    if (cached) cache.set(cached.summary.run, cached);
  }
  return cache;
}

async function writeCache(
  path: string,
  cache: ReadonlyMap<string, KeptSummary>,
  fresh: readonly string[],
): Promise<void> {
  const kept = [...cache.values()].map((cached) => JSON.stringify(cached));
  // History is read in folders that cannot be written to as well; the next one takes a little longer then.
  await replaceFile(path, `${[...kept, ...fresh].join("\n")}\n`, 0o600).catch(() => undefined);
}
