import { join } from "node:path";
import type { JournalTail } from "../../engine/journal.ts";
import { readJournal } from "../../engine/read-journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { journalPath } from "../../engine/run.ts";
import { loadControls } from "../../evidence/controls/load-controls.ts";
import { mapControls } from "../../evidence/controls/map-controls.ts";
import { readHistory } from "../../evidence/history/read-history.ts";
import { summarise } from "../../evidence/history/run-summary.ts";
import { beforeRun } from "../../evidence/history/standing.ts";
import type { ResultExtras } from "../../evidence/result/result.ts";
import { integrityFacts, reviewFacts } from "../../evidence/vouching.ts";
import { controlsFolders } from "./controls-folders.ts";
import { controlStates } from "../reports/render-reports.ts";
import { GAMEDAY_FOLDER, type RunFolder } from "../runs/run-folder.ts";
import { vouchingOfRun } from "./vouching-of-run.ts";
import { GAMEDAY_VERSION } from "../version.ts";

export interface ExtrasOf {
  readonly cwd: string;
  readonly run: RunFolder;
  readonly record: RunRecord;
  /** As it was read with the record; read again when absent. */
  readonly journal?: JournalTail;
}

/** What a report shows beside the record: the drill's earlier runs in this folder, the controls, weighed, bundle and reviews. */
export async function resultExtras({ cwd, run, record, ...of }: ExtrasOf): Promise<ResultExtras> {
  const journal = of.journal ?? (await readJournal(journalPath(run.path))).tail;
  const { reviews, ...vouching } = await vouchingOfRun({ cwd, run, journal });
  const last = reviews.at(-1);
  const review = { present: reviews.length > 0, actions: (last?.actions ?? []).length > 0 };
  const frameworks = await loadControls(await controlsFolders(cwd));
  return {
    ...(await earlierRuns(cwd, record)),
    renderedBy: GAMEDAY_VERSION,
    controls: controlStates(mapControls(frameworks, record, review)),
    integrity: integrityFacts(vouching),
    review: reviewFacts(reviews),
    ...(last ? { decisions: last } : {}),
  };
}

export async function earlierRuns(cwd: string, record: RunRecord): Promise<Pick<ResultExtras, "history" | "standing">> {
  const folder = join(cwd, GAMEDAY_FOLDER);
  const { runs } = await readHistory({ runs: join(folder, "runs"), cache: join(folder, "history.jsonl") });
  return beforeRun(runs, summarise(record));
}
