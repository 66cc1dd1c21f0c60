import { relative } from "node:path";
import type { Drill } from "../../drill/drill.ts";
import { githubJobReporter } from "../../reporters/github-job.ts";
import type { Reporter } from "../../reporters/reporter.ts";
import type { Io } from "../io.ts";

/** Summary and annotations, where GitHub Actions runs gameday. */
export function githubReporters({ io, drill, json }: { io: Io; drill: Drill; json: boolean }): readonly Reporter[] {
  if (io.env["GITHUB_ACTIONS"] !== "true") return [];
  const repository = io.env["GITHUB_WORKSPACE"] ?? io.cwd;
  return [
    githubJobReporter({
      // Standard output holds events and nothing else when they are asked for; GitHub reads both.
      stream: json ? io.stderr : io.stdout,
      summaryFile: io.env["GITHUB_STEP_SUMMARY"],
      drillFile: relative(repository, drill.source.path),
    }),
  ];
}
