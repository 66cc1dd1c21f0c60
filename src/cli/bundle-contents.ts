import type { JournalTail } from "../engine/journal.ts";
import type { RunRecord } from "../engine/record.ts";
import { json, type BundleFile } from "../evidence/bundle/bundle-file.ts";
import { loadControls } from "../evidence/controls/load-controls.ts";
import { mapControls } from "../evidence/controls/map-controls.ts";
import { sha256 } from "../evidence/attestation/result.ts";
import { assessmentResults } from "../evidence/oscal/assessment-results.ts";
import { controlsFolders } from "./controls-folders.ts";
import { renderReports } from "./render-reports.ts";

/** Everything in a bundle that is rendered from the record: reports, the machine's result, control mappings. */
export async function renderedFiles(
  cwd: string,
  record: RunRecord,
  journal: JournalTail,
): Promise<readonly BundleFile[]> {
  const frameworks = await loadControls(await controlsFolders(cwd));
  const mapping = mapControls(frameworks, record);
  const reports = await renderReports(record, mapping);
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
