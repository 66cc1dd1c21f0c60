import { join } from "node:path";
import { json, type BundleFile } from "../../evidence/bundle/bundle-file.ts";
import { FRAMEWORKS } from "../../evidence/bundle/own-frameworks.ts";
import type { Renderer, RenderSource } from "../../evidence/bundle/renderer.ts";
import { loadControls } from "../../evidence/controls/load-controls.ts";
import { mapControls } from "../../evidence/controls/map-controls.ts";
import { assessmentResults } from "../../evidence/oscal/assessment-results.ts";
import { sha256 } from "../../evidence/attestation/result.ts";
import { integrityFacts } from "../../evidence/vouching.ts";
import { packageFolder } from "../drills/drill-files.ts";
import { controlStates, renderReports } from "../reports/render-reports.ts";
import { GAMEDAY_VERSION } from "../version.ts";

/** What this very gameday makes of a run: reports, the machine's result, control mappings. */
export const bundleRenderer: Renderer = {
  version: GAMEDAY_VERSION,
  render,
  shippedFrameworks: async () => loadControls([join(await packageFolder(), "controls")]),
};

async function render(source: RenderSource): Promise<readonly BundleFile[]> {
  const { record, journal, key, intent, frameworks, earlier } = source;
  const mapping = mapControls(frameworks, record);
  const reports = await renderReports(record, {
    ...earlier,
    renderedBy: GAMEDAY_VERSION,
    controls: controlStates(mapping),
    integrity: integrityFacts({ journal, key, intent, bundle: { state: "being-written" } }),
  });
  const result = reports.find(({ path }) => path === "result.json");
  const digests = {
    "plan/drill.yaml": record.run.drill.sha256,
    ...(result && "content" in result ? { "result.json": sha256(result.content) } : {}),
  };
  return [
    ...reports,
    { path: FRAMEWORKS, content: json(frameworks) },
    { path: "controls/mapping.json", content: json(mapping) },
    { path: "controls/oscal-ar.json", content: json(assessmentResults({ record, mapping, digests, journal })) },
  ];
}
