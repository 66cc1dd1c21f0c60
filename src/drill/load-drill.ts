import { resolve } from "node:path";
import { buildDrill, drillSource } from "./build-drill.ts";
import { checkFrame } from "./check-frame.ts";
import { checkSteps } from "./check-steps.ts";
import { DiagnosticList } from "./diagnostic.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { PHASES } from "./drill.ts";
import type { Drill } from "./drill.ts";
import { findSteps } from "./find-steps.ts";
import { parseSource } from "./parse-source.ts";
import { decodeSource } from "./source-text.ts";
import type { StepKindSchemas } from "./step-entry.ts";

export interface LoadedDrill {
  /** Absent when a diagnostic is an error. */
  readonly drill?: Drill;
  /** All of them, errors and warnings, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Checks a drill file completely and tells everything that is wrong with it.
 * @param path as the user named it: what diagnostics show
 * @param content the file's bytes, or its text
 * @param folder what a relative path is relative to
 */
export function loadDrill(
  path: string,
  content: Uint8Array | string,
  kinds: StepKindSchemas,
  folder = "",
): LoadedDrill {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const { text, problems } = decodeSource(bytes);
  const diagnostics = new DiagnosticList(path, text);
  for (const { range, problem } of problems) diagnostics.error(range, problem);
  const root = problems.length === 0 ? parseSource(text, diagnostics) : undefined;
  if (!root) return { diagnostics: diagnostics.toArray() };
  const frame = checkFrame(root, diagnostics);
  const found = findSteps(root, kinds, diagnostics);
  checkSteps(
    PHASES.flatMap((phase) => found[phase].flatMap(({ steps }) => steps)),
    diagnostics,
  );
  if (!frame || diagnostics.hasErrors) return { diagnostics: diagnostics.toArray() };
  const drill = buildDrill(frame, found, drillSource(resolve(folder, path), bytes, text));
  return { drill, diagnostics: diagnostics.toArray() };
}
