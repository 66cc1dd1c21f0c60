import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { chainHash, CHAIN_START, writeLine } from "../../src/engine/journal-line.ts";
import { RUN_ID } from "../evidence/events.ts";
import { journaled, type Timed } from "../evidence/journaled.ts";

/** Puts a hand-written run where gameday looks for runs, as a journal that holds together. Returns its path. */
export async function journalFile(cwd: string, events: readonly Timed[]): Promise<string> {
  const folder = join(cwd, ".gameday/runs", RUN_ID);
  await mkdir(folder, { recursive: true });
  const path = join(folder, "journal.jsonl");
  await writeFile(path, linesOf(journaled(events)).join(""));
  return path;
}

export function linesOf(events: readonly JournaledEvent[]): readonly string[] {
  let prev = CHAIN_START;
  return events.map((event) => {
    const line = writeLine({ ...event, prev });
    prev = chainHash(line);
    return `${line}\n`;
  });
}
