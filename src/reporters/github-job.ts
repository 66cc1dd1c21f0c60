import { appendFile } from "node:fs/promises";
import { resultOf } from "../evidence/result/result.ts";
import { refuseSecret, secretIn } from "../evidence/redaction/secret-scan.ts";
import { renderReport } from "./formats.ts";
import { annotations } from "./github.ts";
import { lineOutput } from "./line-output.ts";
import type { Reporter } from "./reporter.ts";

export interface GithubJobOptions {
  /** What GitHub reads workflow commands from. */
  readonly stream: NodeJS.WritableStream;
  /** `GITHUB_STEP_SUMMARY`; no summary is written when absent. */
  readonly summaryFile: string | undefined;
  /** Relative to the repository. */
  readonly drillFile: string;
}

/** In a job of GitHub Actions: the job's summary page, and annotations in the drill file. */
export function githubJobReporter({ stream, summaryFile, drillFile }: GithubJobOptions): Reporter {
  const output = lineOutput(stream);
  return {
    name: "GitHub job",
    finish: async (record) => {
      const result = resultOf(record);
      refuseSecret("an annotation", secretIn(result));
      for (const line of annotations(result, drillFile)) output.line(line);
      await output.flush();
      if (summaryFile !== undefined) await appendFile(summaryFile, await renderReport(result, "github"));
    },
  };
}
