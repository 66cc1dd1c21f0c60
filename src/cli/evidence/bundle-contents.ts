import type { JournalTail } from "../../engine/journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { sha256 } from "../../evidence/attestation/result.ts";
import { json, type BundleFile } from "../../evidence/bundle/bundle-file.ts";
import { loadControls } from "../../evidence/controls/load-controls.ts";
import { mapControls } from "../../evidence/controls/map-controls.ts";
import { assessmentResults } from "../../evidence/oscal/assessment-results.ts";
import type { PublicKeyInfo } from "../../evidence/signing/signer.ts";
import { integrityFacts } from "../../evidence/vouching.ts";
import { controlsFolders } from "./controls-folders.ts";
import { controlStates, renderReports } from "../reports/render-reports.ts";
import { earlierRuns } from "./result-extras.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import { GAMEDAY_VERSION } from "../version.ts";
import { intentOf } from "./vouching-of-run.ts";

export interface ContentsOf {
  readonly cwd: string;
  readonly run: RunFolder;
  readonly record: RunRecord;
  readonly journal: JournalTail;
  /** What the bundle is going to be signed with. */
  readonly key: PublicKeyInfo;
}

/** Everything in a bundle that is rendered from the record: reports, the machine's result, control mappings. */
export async function renderedFiles({ cwd, run, record, journal, key }: ContentsOf): Promise<readonly BundleFile[]> {
  const mapping = mapControls(await loadControls(await controlsFolders(cwd)), record);
  const vouching = { journal, key, intent: await intentOf(run), bundle: { state: "being-written" } as const };
  const reports = await renderReports(record, {
    ...(await earlierRuns(cwd, record)),
    renderedBy: GAMEDAY_VERSION,
    controls: controlStates(mapping),
    integrity: integrityFacts(vouching),
  });
  const result = reports.find(({ path }) => path === "result.json");
  const digests = {
    "plan/drill.yaml": record.run.drill.sha256,
    ...(result && "content" in result ? { "result.json": sha256(result.content) } : {}),
  };
  return [
    ...reports,
    { path: "controls/mapping.json", content: json(mapping) },
    { path: "controls/oscal-ar.json", content: json(assessmentResults({ record, mapping, digests, journal })) },
  ];
}
