import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { foldEvents } from "../../engine/fold.ts";
import { readJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { journalPath } from "../../engine/run.ts";
import { renderMarkdown } from "../../reporters/markdown/render.ts";
import { renderSummary } from "../../reporters/summary.ts";
import type { Io } from "../io.ts";
import { findRunFolder } from "../run-folder.ts";

export interface ReportOptions {
  /** A run id, the beginning of one, or `latest`. */
  readonly run: string;
  readonly format: "markdown" | "summary";
  /** Standard output when absent. */
  readonly output?: string;
}

/** Renders the report of a run again, from its journal alone. */
export async function report(options: ReportOptions, io: Io): Promise<number> {
  const { path } = await findRunFolder(io.cwd, options.run);
  const journal = await readJournal(journalPath(path));
  if (journal.tornBytes > 0) io.stderr.write(`gameday: the journal's last line was cut off; it is left out\n`);
  const text = await render(foldEvents(journal.events), options.format);
  if (options.output === undefined) io.stdout.write(text);
  else await writeFile(resolve(io.cwd, options.output), text);
  return 0;
}

async function render(record: RunRecord, format: ReportOptions["format"]): Promise<string> {
  return format === "markdown" ? renderMarkdown(record) : renderSummary(record);
}
