/** What a run can be rendered as. The names alone: the command line needs them at every start. */
export const REPORT_FORMATS = ["markdown", "html", "json", "junit", "csv", "github", "otlp"] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];
