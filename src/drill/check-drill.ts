import { checkFrame } from "./check-frame.ts";
import { checkInput } from "./check-input.ts";
import { DiagnosticList } from "./diagnostic.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { PHASES } from "./drill.ts";
import { findSteps } from "./find-steps.ts";
import type { FoundPhases } from "./find-steps.ts";
import type { Frame } from "./frame-schema.ts";
import { surelyRight } from "./plain-paths.ts";
import { readQuickly } from "./quick-yaml.ts";
import type { SourceNode } from "./source-node.ts";
import { decodeSource } from "./source-text.ts";
import type { StepKindLoader, StepKindSchemas } from "./step-entry.ts";

export interface CheckedDrill {
  /** What the file says; absent when a diagnostic is an error. */
  readonly parts?: { readonly frame: Frame; readonly found: FoundPhases; readonly text: string };
  /** All of them, errors and warnings, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Checks a drill file completely and tells everything that is wrong with it.
 * @param path as the user named it: what diagnostics show
 */
export async function checkDrill(
  path: string,
  bytes: Uint8Array,
  kinds: StepKindSchemas | StepKindLoader,
): Promise<CheckedDrill> {
  const { text, problems } = decodeSource(bytes);
  const diagnostics = new DiagnosticList(path, text);
  for (const { range, problem } of problems) diagnostics.error(range, problem);
  if (problems.length > 0) return { diagnostics: diagnostics.toArray() };
  const quick = readQuickly(text);
  const checked = quick && (await checkRoot(quick, { text, kinds, diagnostics: new DiagnosticList(path, text) }));
  // Only where there is nothing to tell: the library knows best where things stand.
  if (checked?.diagnostics.length === 0) return checked;
  const { parseSource } = await import("./parse-source.ts");
  const root = parseSource(text, diagnostics);
  return root ? checkRoot(root, { text, kinds, diagnostics }) : { diagnostics: diagnostics.toArray() };
}

interface Check {
  readonly text: string;
  readonly kinds: StepKindSchemas | StepKindLoader;
  readonly diagnostics: DiagnosticList;
}

async function checkRoot(root: SourceNode, { text, kinds, diagnostics }: Check): Promise<CheckedDrill> {
  const frame = checkFrame(root, diagnostics);
  const found = findSteps(root, typeof kinds === "function" ? await kinds(usesIn(root)) : kinds, diagnostics);
  const steps = PHASES.flatMap((phase) => found[phase].flatMap((entry) => entry.steps));
  for (const step of steps) checkInput(step, frame?.regions, diagnostics);
  if (!surelyRight(steps)) (await import("./check-steps.ts")).checkSteps(steps, diagnostics);
  const told = { diagnostics: diagnostics.toArray() };
  return frame && !diagnostics.hasErrors ? { parts: { frame, found, text }, ...told } : told;
}

/** What the steps use, as far as they say so. */
function usesIn(root: SourceNode): ReadonlySet<string> {
  const entries = PHASES.flatMap((phase) => root.entries?.get(phase)?.node.items ?? []);
  const steps = entries.flatMap((entry) => entry.entries?.get("parallel")?.node.items ?? [entry]);
  const uses = steps.map((step) => step.entries?.get("uses")?.node.value);
  return new Set(uses.filter((name) => typeof name === "string"));
}
