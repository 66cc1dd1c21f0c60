import { dirname } from "node:path";
import { loadDrill } from "../../drill/load-drill.ts";
import type { Drill } from "../../drill/drill.ts";
import type { RunRecord } from "../../engine/record.ts";
import { shippedStepKinds } from "../drills/library.ts";

const TEARDOWN_BUDGET_MS = 60 * 60_000;

/**
 * The drill of a run, for deleting what it has left: as the journal has it. Of a drill that this version cannot read any more, what
 * deleting takes: its name and its Regions.
 */
export async function recordedDrill({ run, identity }: RunRecord): Promise<Drill> {
  const { path, text, sha256, name, description } = run.drill;
  const { drill } = await loadDrill(path, text, await shippedStepKinds());
  if (drill) return drill;
  return {
    name,
    description,
    objectives: {},
    regions: run.regions,
    safety: {
      accounts: identity ? [identity.account] : [],
      maxDurationMs: TEARDOWN_BUDGET_MS,
      teardownBudgetMs: TEARDOWN_BUDGET_MS,
    },
    controls: [],
    phases: { prepare: [], recover: [], verify: [], teardown: [] },
    source: { path, folder: dirname(path), text, sha256 },
  };
}
