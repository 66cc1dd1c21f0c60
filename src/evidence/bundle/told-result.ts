import { isRecord } from "../../drill/json.ts";
import type { ReadJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { readPart } from "./read-bundle.ts";
import { Wrong } from "./wrong.ts";

export const RESULT = "result.json";

/** `result.json` as it lies there. */
export interface ToldResult {
  readonly content: Readonly<Record<string, unknown>>;
  /** The version of gameday that made it, and every report and mapping beside it. */
  readonly renderedBy: string;
}

/**
 * Whoever names another version as the maker would have none of the words compared: it must be one that the journal names, or the one
 * that verifies. @throws Wrong
 */
export async function readToldResult(
  folder: string,
  { record, journal, version }: { record: RunRecord; journal: ReadJournal; version: string },
): Promise<ToldResult> {
  const content = parsed(await readPart(folder, RESULT));
  if (!isRecord(content["run"]) || content["run"]["id"] !== record.run.runId)
    throw new Wrong(RESULT, `it is not of run ${record.run.runId}`);
  const { renderedBy } = content;
  const named = versionsIn(journal);
  if (typeof renderedBy === "string" && (renderedBy === version || named.includes(renderedBy)))
    return { content, renderedBy };
  const told = typeof renderedBy === "string" ? `gameday ${renderedBy}` : "no gameday";
  const others = `and the journal names ${named.join(", ")}`;
  throw new Wrong(RESULT, `it says that ${told} has rendered it, ${others}: gameday bundle makes the bundle again`);
}

/** Of the processes of gameday that the run was in. */
export function versionsIn({ events }: ReadJournal): readonly string[] {
  const versions = events.flatMap((event) =>
    event.type === "run-started" || event.type === "run-resumed" ? [event.versions.gameday] : [],
  );
  return [...new Set(versions)];
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  throw new Wrong(RESULT, "it is not a JSON object");
}
