import type { Diagnostic } from "./ui-events.ts";

const SHOWN = 10;
const LONGEST_TEXT = 2_000;

/**
 * The errors as Terraform words them, for people: summary, place, the offending line, detail. Warnings only where there is no error.
 */
export function describeDiagnostics(diagnostics: readonly Diagnostic[]): string[] {
  const errors = diagnostics.filter((each) => each.severity === "error");
  const shown = errors.length > 0 ? errors : diagnostics;
  const lines = shown.slice(0, SHOWN).flatMap(describe);
  return shown.length > SHOWN ? [...lines, `… and ${shown.length - SHOWN} more`] : lines;
}

/** The first error in one line; undefined when there is none. */
export function firstError(diagnostics: readonly Diagnostic[]): string | undefined {
  const error = diagnostics.find((each) => each.severity === "error");
  return error && plainText(error.address ? `${oneLine(error.summary)} (${error.address})` : oneLine(error.summary));
}

/**
 * Each failed assertion of a `check` block in one line: Terraform calls it a warning, and goes on (Terraform language, checks: "do not
 * affect Terraform's execution").
 */
export function failedChecks(diagnostics: readonly Diagnostic[]): readonly string[] {
  const failed = diagnostics.filter(
    ({ severity, summary }) => severity === "warning" && summary.startsWith("Check block assertion"),
  );
  return failed.map(({ detail, range, snippet }) => {
    const place = range
      ? ` (${snippet?.context ? `${snippet.context}, ` : ""}${range.filename}:${range.start.line})`
      : "";
    return plainText(
      `a check of the Terraform configuration failed: ${oneLine(detail).slice(0, LONGEST_TEXT)}${place}`,
    );
  });
}

function describe(diagnostic: Diagnostic): string[] {
  const { severity, summary, detail, address, range, snippet } = diagnostic;
  const heading = severity === "error" ? "Error" : "Warning";
  const place =
    range && `  on ${range.filename} line ${range.start.line}${snippet?.context ? `, in ${snippet.context}` : ""}:`;
  return [
    `${heading}: ${oneLine(summary)}`,
    ...(address ? [`  with ${address}`] : []),
    ...(place ? [place] : []),
    ...(range && snippet ? indent(snippet.code, `    ${range.start.line}: `) : []),
    ...indent(detail, "  "),
  ].map(plainText);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function indent(text: string, by: string): string[] {
  const lines = text.slice(0, LONGEST_TEXT).split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => by + line.trimEnd());
}

/** Without control characters: what Terraform and its providers print goes to terminals. */
export function plainText(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, "").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
