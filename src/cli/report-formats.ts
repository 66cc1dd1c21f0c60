import { relative } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Drill } from "../drill/drill.ts";
import { REPORT_FORMATS, type ReportFormat } from "../reporters/formats.ts";
import { githubJobReporter } from "../reporters/github-job.ts";
import type { Reporter } from "../reporters/reporter.ts";
import type { Io } from "./io.ts";

/** `html,junit`. */
export function reportFormats(text: string): readonly ReportFormat[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !REPORT_FORMATS.some((format) => format === name));
  if (wrong === undefined) return names as readonly ReportFormat[];
  throw new InvalidArgumentError(
    `There is no report ${JSON.stringify(wrong)}; there are ${REPORT_FORMATS.join(", ")}.`,
  );
}

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
