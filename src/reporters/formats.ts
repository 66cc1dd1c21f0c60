import { printableJson } from "../drill/printable.ts";
import type { Result } from "../evidence/result/result.ts";
import { refuseSecret, secretIn, secretInText } from "../evidence/redaction/secret-scan.ts";
import type { ReportFormat } from "./format-names.ts";

export interface RenderOptions {
  /** The drill file as a CI system finds it, for annotations; the result's own name of it when absent. */
  readonly drillFile?: string;
}

interface Format {
  /** What it is called in a run's folder. */
  readonly file: string;
  render(result: Result, options: RenderOptions): Promise<string>;
}

/** Every format, made from a result alone. Each is loaded when it is asked for. */
export const FORMATS = {
  markdown: {
    file: "report.md",
    render: async (result) => (await import("./markdown/render.ts")).renderMarkdown(result),
  },
  html: { file: "report.html", render: async (result) => (await import("./html/render.ts")).renderHtml(result) },
  json: { file: "result.json", render: async (result) => `${printableJson(JSON.stringify(result, null, 2))}\n` },
  junit: { file: "junit.xml", render: async (result) => (await import("./junit.ts")).renderJunit(result) },
  csv: { file: "metrics.csv", render: async (result) => (await import("./csv.ts")).renderCsv(result) },
  github: {
    file: "github-summary.md",
    render: async (result) => (await import("./github.ts")).renderJobSummary(result),
  },
  otlp: { file: "trace.otlp.json", render: async (result) => (await import("./otlp.ts")).renderOtlp(result) },
} as const satisfies Record<ReportFormat, Format>;

const clean = new WeakSet<Result>();

/** Renders a result. @throws Failure when anything in it looks like a secret: then nothing is rendered. */
export async function renderReport(result: Result, format: ReportFormat, options: RenderOptions = {}): Promise<string> {
  if (!clean.has(result)) refuseSecret("the report", secretIn(result));
  clean.add(result);
  const of: Format = FORMATS[format];
  const text = await of.render(result, options);
  refuseSecret(`the ${format} report`, secretInText(text));
  return text;
}
