import { InvalidArgumentError } from "commander";
import { REPORT_FORMATS, type ReportFormat } from "../../reporters/format-names.ts";

/** `html,junit`. */
export function reportFormats(text: string): readonly ReportFormat[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !REPORT_FORMATS.some((format) => format === name));
  if (wrong === undefined) return names as readonly ReportFormat[];
  throw new InvalidArgumentError(
    `There is no report ${JSON.stringify(wrong)}; there are ${REPORT_FORMATS.join(", ")}.`,
  );
}
