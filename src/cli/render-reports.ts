import type { RunRecord } from "../engine/record.ts";
import type { BundleFile } from "../evidence/bundle/bundle-file.ts";
import { mappedState, type ControlMapping } from "../evidence/controls/map-controls.ts";
import { resultOf, type ControlState } from "../evidence/result/result.ts";
import type { ReportFormat } from "../reporters/format-names.ts";
import { renderReport } from "../reporters/formats.ts";

/** Where each format goes in a bundle. */
const PLACES: readonly (readonly [ReportFormat, string])[] = [
  ["json", "result.json"],
  ["markdown", "report.md"],
  ["html", "report.html"],
  ["junit", "interop/junit.xml"],
  ["csv", "interop/metrics.csv"],
  ["otlp", "interop/trace.otlp.json"],
];

/** The reports that go into a bundle. */
export async function renderReports(record: RunRecord, mapping: ControlMapping): Promise<readonly BundleFile[]> {
  const result = resultOf(record, { controls: controlStates(mapping) });
  const files: BundleFile[] = [];
  for (const [format, path] of PLACES) files.push({ path, content: await renderReport(result, format) });
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
