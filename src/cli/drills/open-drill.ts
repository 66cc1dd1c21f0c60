import type { Diagnostic } from "../../drill/diagnostic.ts";
import type { Drill } from "../../drill/drill.ts";
import { loadDrill } from "../../drill/load-drill.ts";
import type { LoadedDrill } from "../../drill/load-drill.ts";
import { renderDiagnostics } from "../../drill/render-diagnostics.ts";
import type { StepKindSchemas } from "../../drill/step-entry.ts";
import { Failure } from "../../engine/failure.ts";
import { findDrill, readDrillFile } from "./drill-files.ts";
import type { Io } from "../io.ts";

/** Reads and checks the drill file at a path, as {@link findDrill} gives it. */
export async function loadDrillFile(path: string, cwd: string, kinds: StepKindSchemas): Promise<LoadedDrill> {
  return loadDrill(path, await readDrillFile(path, cwd), kinds, cwd);
}

/**
 * The drill that an argument names, checked. Diagnostics, warnings too, go to standard error.
 * @throws Failure `no-such-drill`, `invalid-drill`
 */
export async function openDrill(argument: string, kinds: StepKindSchemas, io: Io): Promise<Drill> {
  const path = await findDrill(argument, io.cwd);
  const { drill, diagnostics } = await loadDrillFile(path, io.cwd, kinds);
  writeDiagnostics(diagnostics, io);
  if (drill) return drill;
  throw new Failure({
    code: "invalid-drill",
    message: `${path} is not a valid drill: ${countOf(diagnostics)}`,
    fixer: "drill author",
    next: "put right what is listed above",
  });
}

export function writeDiagnostics(diagnostics: readonly Diagnostic[], io: Io): void {
  if (diagnostics.length === 0) return;
  const color = io.stderr.isTTY === true && !io.env["NO_COLOR"];
  io.stderr.write(renderDiagnostics(diagnostics, { color }));
}

/** `3 errors, 1 warning`. */
export function countOf(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const parts = [errors > 0 && plural(errors, "error"), warnings > 0 && plural(warnings, "warning")];
  return parts.filter((part) => part !== false).join(", ");
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
