import { join } from "node:path";
import type { RunRecord } from "../engine/record.ts";
import { loadControls } from "../evidence/controls/load-controls.ts";
import { mapControls } from "../evidence/controls/map-controls.ts";
import { readHistory } from "../evidence/history/read-history.ts";
import type { RunSummary } from "../evidence/history/run-summary.ts";
import { reportWord } from "../evidence/result/report-word.ts";
import type { PastRun, ResultExtras } from "../evidence/result/result.ts";
import { controlsFolders } from "./controls-folders.ts";
import { controlStates } from "./render-reports.ts";
import { GAMEDAY_FOLDER } from "./run-folder.ts";

/** What a report shows beside the record: the drill's earlier runs in this folder, and the controls, weighed. */
export async function resultExtras(cwd: string, record: RunRecord): Promise<ResultExtras> {
  const folder = join(cwd, GAMEDAY_FOLDER);
  const { runs } = await readHistory({ runs: join(folder, "runs"), cache: join(folder, "history.jsonl") });
  const earlier = runs.filter((run) => run.drill === record.run.drill.name && run.startedAt < record.startedAt.at);
  const frameworks = await loadControls(await controlsFolders(cwd));
  return { history: earlier.map(pastRun), controls: controlStates(mapControls(frameworks, record)) };
}

function pastRun({ run, startedAt, outcome, word, evidenceClass, rtaMs, rpaMs }: RunSummary): PastRun {
  return {
    runId: run,
    startedAt,
    word: word ?? (outcome === "incomplete" ? "ABORTED" : reportWord(outcome as Parameters<typeof reportWord>[0], [])),
    simulated: evidenceClass === "emulated",
    ...(rtaMs === undefined ? {} : { rtaMs }),
    ...(rpaMs === undefined ? {} : { rpaMs }),
  };
}
