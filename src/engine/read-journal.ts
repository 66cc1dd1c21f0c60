import { constants } from "node:fs";
import type { JournaledEvent } from "./events.ts";
import { Failure } from "./failure.ts";
import type { JournalTail } from "./journal.ts";
import { CHAIN_START, chainHash, JOURNAL_VERSION, readLine, versionOf } from "./journal-line.ts";
import { openOwnFile, readRegularFile } from "./regular-file.ts";

export interface ReadJournal {
  readonly events: readonly JournaledEvent[];
  readonly tail: JournalTail;
  /** Bytes of a last line that was cut off while it was written; 0 for a journal that ends cleanly. */
  readonly tornBytes: number;
  /** Bytes of the whole lines. */
  readonly wholeBytes: number;
}

/**
 * Reads a journal and checks every line's checksum, number and place in the chain. A last line without its line feed was cut off
 * while it was written, was never acknowledged, and is left out.
 * @throws Failure `journal-missing`, `journal-newer`, or `journal-damaged` with the line at which anything else is wrong.
 */
export async function readJournal(path: string): Promise<ReadJournal> {
  return parseJournal(await readBytes(path), path);
}

/** Cuts a torn last line off the file, so that a run can go on appending. */
export async function cutTornLine(path: string, journal: ReadJournal): Promise<void> {
  if (journal.tornBytes === 0) return;
  const file = await openOwnFile(path, constants.O_WRONLY);
  try {
    await file.truncate(journal.wholeBytes);
  } finally {
    await file.close();
  }
}

/** {@link readJournal} on bytes already read; `path` is for messages. */
export function parseJournal(bytes: Buffer, path: string): ReadJournal {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const events: JournaledEvent[] = [];
  let prev = CHAIN_START;
  for (let start = 0; start < wholeBytes;) {
    const end = bytes.indexOf(0x0a, start);
    const line = bytes.toString("utf8", start, end);
    const version = versionOf(line);
    if (version > JOURNAL_VERSION) throw newer(path, events.length + 1, version);
    const event = readLine(line);
    if ("damage" in event) throw damaged(path, events.length + 1, event.damage);
    if (event.seq !== events.length)
      throw damaged(path, events.length + 1, `its number is ${event.seq}, not ${events.length}`);
    if (event.prev !== prev) throw damaged(path, events.length + 1, "it does not follow from the line before it");
    events.push(event);
    prev = chainHash(line);
    start = end + 1;
  }
  const mono = events.at(-1)?.mono ?? 0;
  return { events, tail: { seq: events.length, prev, mono }, tornBytes: bytes.length - wholeBytes, wholeBytes };
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readRegularFile(path);
  } catch (cause) {
    throw new Failure({
      code: "journal-missing",
      message: `there is no readable journal at ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fixer: "operator",
      next: "gameday history",
      cause,
    });
  }
}

function newer(path: string, line: number, version: number): Failure {
  return new Failure({
    code: "journal-newer",
    message: `${path}:${line}: a later gameday wrote this (version ${version} of the journal; this one reads up to ${JOURNAL_VERSION})`,
    fixer: "operator",
    next: "npm install --global gameday@latest, then type the command again",
  });
}

function damaged(path: string, line: number, what: string): Failure {
  return new Failure({
    code: "journal-damaged",
    message: `${path}:${line}: this line is damaged: ${what}`,
    fixer: "operator",
    next: "restore the run folder from a copy; gameday does not go on from a record it cannot trust",
  });
}
