import type { RunRecord } from "../../engine/record.ts";
import type { BundleFile } from "../../evidence/bundle/bundle-file.ts";
import { mappedState, type ControlMapping } from "../../evidence/controls/map-controls.ts";
import { resultOf, type ControlState, type ResultExtras } from "../../evidence/result/result.ts";
import { renderReport } from "../../reporters/formats.ts";
import { BUNDLE_REPORTS } from "../../reporters/bundle-reports.ts";

/** The reports that go into a bundle. */
export async function renderReports(record: RunRecord, extras: ResultExtras): Promise<readonly BundleFile[]> {
  const result = resultOf(record, extras);
  const files: BundleFile[] = [];
  for (const [format, path] of BUNDLE_REPORTS) files.push({ path, content: await renderReport(result, format) });
  return files;
}

/** The controls that the drill file names, weighed; the others are in `controls/mapping.json`. */
export function controlStates({ controls, unknown }: ControlMapping): readonly ControlState[] {
  const named = controls.filter((row) => row.named);
  return [
    ...named.map((row) => ({
      control: `${row.framework}/${row.id}`,
      meaning: row.meaning,
      strength: row.strength,
      artefact: row.artefact,
      state: mappedState(row),
    })),
    ...unknown.map((control) => ({ control, state: "not evidenced by this run: no mapping knows this control" })),
  ];
}
