import { join } from "node:path";
import type { Reporter } from "../reporter.ts";
import { renderMarkdown } from "./render.ts";

export { renderMarkdown };

export interface MarkdownOptions {
  /** Where `report.md` is written. */
  readonly runFolder: string;
}

/** Writes `report.md` when the run is over; a reader never sees half of one. */
export function markdownReporter({ runFolder }: MarkdownOptions): Reporter {
  return {
    name: "markdown",
    finish: async (record) => {
      const { default: writeFileAtomic } = await import("write-file-atomic");
      await writeFileAtomic(reportPath(runFolder), await renderMarkdown(record));
    },
  };
}

export function reportPath(runFolder: string): string {
  return join(runFolder, "report.md");
}
