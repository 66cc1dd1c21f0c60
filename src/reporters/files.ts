import { join } from "node:path";
import type { RunRecord } from "../engine/record.ts";
import { replaceFile } from "../engine/replace-file.ts";
import { resultOf, type ResultExtras } from "../evidence/result/result.ts";
import type { ReportFormat } from "./format-names.ts";
import { FORMATS, renderReport, type RenderOptions } from "./formats.ts";
import type { Reporter } from "./reporter.ts";

export interface ReportFilesOptions extends RenderOptions {
  /** Where they are written. */
  readonly runFolder: string;
  readonly formats: readonly ReportFormat[];
  /** What the record does not know: earlier runs, weighed controls. */
  readonly extras?: (record: RunRecord) => Promise<ResultExtras>;
}

/** Written for every run: the result everything else is rendered from, and a report for people in two forms. */
export const STANDARD_FORMATS: readonly ReportFormat[] = ["json", "markdown", "html"];

/** Writes reports when the run is over; a reader never sees half of one. */
export function reportFilesReporter({ runFolder, formats, extras, ...options }: ReportFilesOptions): Reporter {
  return {
    name: "report files",
    finish: async (record) => {
      const result = resultOf(record, await extras?.(record));
      for (const format of new Set(formats))
        await replaceFile(reportFile(runFolder, format), await renderReport(result, format, options));
    },
  };
}

/** The same reporter, and whether it has come to its end without an error. */
export function heedingSuccess(reporter: Reporter): { readonly reporter: Reporter; succeeded(): boolean } {
  let succeeded = false;
  const finish = async (record: RunRecord) => {
    await reporter.finish?.(record);
    succeeded = true;
  };
  return { reporter: { ...reporter, finish }, succeeded: () => succeeded };
}

export function reportFile(runFolder: string, format: ReportFormat): string {
  return join(runFolder, FORMATS[format].file);
}
