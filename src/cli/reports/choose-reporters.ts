import { relative } from "node:path";
import type { AwsConnection } from "../../aws/connection.ts";
import type { Drill } from "../../drill/drill.ts";
import { jsonlReporter } from "../../reporters/jsonl.ts";
import { heedingSuccess, reportFile, reportFilesReporter, STANDARD_FORMATS } from "../../reporters/files.ts";
import type { ReportFormat } from "../../reporters/format-names.ts";
import { plainReporter } from "../../reporters/plain.ts";
import type { Reporter } from "../../reporters/reporter.ts";
import { summaryReporter } from "../../reporters/summary.ts";
import { terminalReporter, type TerminalReporter } from "../../reporters/terminal/terminal.ts";
import type { Clock } from "../../time/clock.ts";
import { bundleReporters } from "../evidence/bundle-reporter.ts";
import type { Io } from "../io.ts";
import { githubReporters } from "./github-reporters.ts";
import type { RunFolder } from "../runs/run-folder.ts";

export interface ReporterOptions {
  /** Events as JSON Lines on standard output, and nothing else there. */
  readonly json?: boolean;
  /** Plain lines instead of the live view. */
  readonly plain?: boolean;
  /** Put the measured times into CloudWatch. Off unless asked for; a rehearsal's go to the sandbox. */
  readonly cloudwatch?: boolean;
  /** Reports to write besides those that always are. */
  readonly report?: readonly ReportFormat[];
  /** What the run's statements are signed with: a private key in PEM, or the ARN of a KMS key. */
  readonly key?: string;
}

export interface ReporterRequest {
  readonly options: ReporterOptions;
  readonly io: Io;
  readonly run: RunFolder;
  readonly clock: Clock;
  readonly connection: AwsConnection;
  readonly drill: Drill;
}

export interface ChosenReporters {
  /** In the order in which they finish: what is written before what is said about it. */
  readonly reporters: readonly Reporter[];
  /** The live display, when there is one: it must give the terminal away while a person is asked. */
  readonly display?: TerminalReporter;
  /** Whether the run has left its evidence: bundle and line in the ledger of runs. */
  recorded(): boolean;
}

/** The live view and the closing lines go to standard error, so that standard output holds data or nothing. */
export async function chooseReporters(request: ReporterRequest): Promise<ChosenReporters> {
  const { options, io, run, clock } = request;
  const live = io.stderr.isTTY === true && options.plain !== true;
  const display = live ? terminalReporter({ stream: io.stderr, clock }) : undefined;
  const bundle = bundleReporters({ io, run, stream: options.json ? io.stderr : io.stdout, key: options.key });
  const files = heedingSuccess(
    reportFilesReporter({
      runFolder: run.path,
      formats: [...STANDARD_FORMATS, ...asked(request)],
      extras: async (record) =>
        (await import("../evidence/result-extras.ts")).resultExtras({ cwd: io.cwd, run, record }),
    }),
  );
  const reporters: Reporter[] = [
    ...(options.json ? [jsonlReporter(io.stdout)] : []),
    display ?? plainReporter(io.stderr),
    ...(options.cloudwatch ? [await cloudwatch(request)] : []),
    bundle.write,
    {
      name: "summary for history",
      finish: async (record) => (await import("../../evidence/history/kept-summary.ts")).keepSummary(run.path, record),
    },
    files.reporter,
    ...githubReporters({ io, drill: request.drill, json: options.json ?? false }),
    summaryReporter({
      stream: options.json ? io.stderr : io.stdout,
      reportPath: () => (files.succeeded() ? relative(io.cwd, reportFile(run.path, "markdown")) : undefined),
    }),
    bundle.tell,
  ];
  return { reporters, recorded: () => bundle.written(), ...(display ? { display } : {}) };
}

function asked({ options, drill }: ReporterRequest): readonly ReportFormat[] {
  return [...(options.report ?? []), ...(drill.reporters ?? [])];
}

async function cloudwatch({ connection, drill, clock }: ReporterRequest): Promise<Reporter> {
  const { cloudwatchReporter } = await import("../../reporters/cloudwatch.ts");
  return cloudwatchReporter({
    clock,
    client: () => connection.client({ service: "cloudwatch", region: drill.regions.dr, mode: "retries" }),
  });
}
