import { resolve } from "node:path";
import { checkDrill } from "./check-drill.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Drill } from "./drill.ts";
import type { StepKindSchemas } from "./step-entry.ts";

export interface LoadedDrill {
  /** Absent when a diagnostic is an error. */
  readonly drill?: Drill;
  /** All of them, errors and warnings, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Checks a drill file completely, tells everything that is wrong with it, and gives the drill when nothing is.
 * @param path as the user named it: what diagnostics show
 * @param content the file's bytes, or its text
 * @param folder what a relative path is relative to
 */
export async function loadDrill(
  path: string,
  content: Uint8Array | string,
  kinds: StepKindSchemas,
  folder = "",
): Promise<LoadedDrill> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const { parts, diagnostics } = await checkDrill(path, bytes, kinds);
  if (!parts) return { diagnostics };
  const { buildDrill, drillSource } = await import("./build-drill.ts");
  const drill = buildDrill(parts.frame, parts.found, drillSource(resolve(folder, path), bytes, parts.text));
  return { drill, diagnostics };
}
