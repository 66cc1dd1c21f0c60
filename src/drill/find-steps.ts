import type { DiagnosticList } from "./diagnostic.ts";
import { PHASES } from "./drill.ts";
import type { Phase } from "./drill.ts";
import { parallelSchema, stepSchema } from "./frame-schema.ts";
import { didYouMean, listed } from "./nearest.ts";
import { reportIssues } from "./schema-problems.ts";
import { keyOf } from "./source-node.ts";
import type { SourceNode } from "./source-node.ts";
import { stepName } from "./step-entry.ts";
import type { FoundStep, StepKindSchemas } from "./step-entry.ts";

/** An entry of a phase: one step, or the steps of a parallel group. */
export interface FoundEntry {
  readonly parallel: boolean;
  readonly steps: readonly FoundStep[];
}

export type FoundPhases = Readonly<Record<Phase, readonly FoundEntry[]>>;

interface Search {
  readonly kinds: StepKindSchemas;
  readonly diagnostics: DiagnosticList;
  order: number;
}

/** Finds the steps of all phases, whatever else is wrong with the file, and checks their frame: keys, types, kinds. */
export function findSteps(root: SourceNode, kinds: StepKindSchemas, diagnostics: DiagnosticList): FoundPhases {
  const search: Search = { kinds, diagnostics, order: 0 };
  const entries = PHASES.map((phase) => {
    const items = root.entries?.get(phase)?.node.items ?? [];
    return [phase, items.map((item) => findEntry(item, phase, search))] as const;
  });
  return Object.fromEntries(entries) as Record<Phase, FoundEntry[]>;
}

function findEntry(node: SourceNode, phase: Phase, search: Search): FoundEntry {
  search.order++;
  const group = node.entries?.get("parallel");
  if (!group) return { parallel: false, steps: [findStep(node, phase, search)] };
  const result = parallelSchema.safeParse(node.value);
  if (!result.success) {
    const checked = { schema: parallelSchema, node, place: group.key, owner: "a parallel group" };
    reportIssues(result.error.issues, checked, search.diagnostics);
  }
  return { parallel: true, steps: (group.node.items ?? []).flatMap((item) => findSibling(item, phase, search)) };
}

function findSibling(node: SourceNode, phase: Phase, search: Search): readonly FoundStep[] {
  const nested = node.entries?.get("parallel");
  if (!nested) return [findStep(node, phase, search)];
  const message = "a parallel group cannot stand in another one";
  search.diagnostics.error(nested.key, { code: "nested-parallel", message, hint: "list all its steps in one group" });
  return [];
}

function findStep(node: SourceNode, phase: Phase, search: Search): FoundStep {
  const { kinds, diagnostics, order } = search;
  const id = node.entries?.get("id")?.node.value;
  const uses = node.entries?.get("uses")?.node.value;
  const kind = typeof uses === "string" ? kinds.get(uses) : undefined;
  const step: FoundStep = { phase, order, node, ...(typeof id === "string" && { id }), ...(kind && { kind }) };
  checkFrame(step, diagnostics);
  if (typeof uses === "string") checkKind(step, { uses, kinds, diagnostics });
  return step;
}

function checkFrame(step: FoundStep, diagnostics: DiagnosticList): void {
  const { node } = step;
  const result = stepSchema.safeParse(node.value);
  const place = node.entries?.values().next().value?.key ?? node.range;
  if (!result.success) {
    reportIssues(result.error.issues, { schema: stepSchema, node, place, owner: stepName(step) }, diagnostics);
  }
  if (node.entries?.has("concurrency") && !node.entries.has("forEach")) {
    const message = "concurrency has no effect without forEach";
    diagnostics.error(keyOf(node, ["concurrency"]), { code: "unused-key", message, hint: "remove it, or add forEach" });
  }
}

interface KindCheck {
  readonly uses: string;
  readonly kinds: StepKindSchemas;
  readonly diagnostics: DiagnosticList;
}

function checkKind({ node, phase, kind }: FoundStep, { uses, kinds, diagnostics }: KindCheck): void {
  const place = node.entries?.get("uses")?.node.range ?? node.range;
  if (!kind) {
    const names = [...kinds.keys()];
    const hint = didYouMean(uses, names, `step kinds: ${listed(names, 40)}`);
    diagnostics.error(place, {
      code: "unknown-step-kind",
      message: `there is no step kind ${JSON.stringify(uses)}`,
      hint,
    });
  } else if (kind.phases && !kind.phases.includes(phase)) {
    const hint = `it can stand in ${kind.phases.join(", ")}`;
    diagnostics.error(place, { code: "wrong-phase", message: `${uses} cannot stand in ${phase}`, hint });
  }
}
