import type { ReportFormat } from "./format-names.ts";

/** Where each format goes in a bundle. */
export const BUNDLE_REPORTS: readonly (readonly [ReportFormat, string])[] = [
  ["json", "result.json"],
  ["markdown", "report.md"],
  ["html", "report.html"],
  ["junit", "interop/junit.xml"],
  ["csv", "interop/metrics.csv"],
  ["otlp", "interop/trace.otlp.json"],
];
