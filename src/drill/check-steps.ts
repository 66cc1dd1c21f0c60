import { checkStepExpressions } from "./check-expressions.ts";
import type { ExpressionCheck } from "./check-expressions.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import { conditionReferences, templateReferences } from "./expression-references.ts";
import { StaticScope } from "./expression-scope.ts";
import type { FoundStep } from "./step-entry.ts";

/** Checks what concerns the steps together, and each one's expressions. */
export function checkSteps(steps: readonly FoundStep[], diagnostics: DiagnosticList): void {
  const byId = uniqueSteps(steps, diagnostics);
  const unique = [...byId.values()];
  // Read only to explain a reference in the wrong order.
  let graph: ReadonlyMap<string, readonly string[]> | undefined;
  const check: ExpressionCheck = {
    scope: new StaticScope(unique),
    steps: byId,
    diagnostics,
    dependsOn(from, on) {
      graph ??= new Map(unique.map((step) => [step.id ?? "", referencesOf(step)]));
      return reaches(graph, from, on);
    },
  };
  for (const step of steps) checkStepExpressions(step, check);
}

/** Steps by id; the second one with the same id is told and left out. What the id means is then open: nothing more is told of it. */
function uniqueSteps(steps: readonly FoundStep[], diagnostics: DiagnosticList): ReadonlyMap<string, FoundStep> {
  const byId = new Map<string, FoundStep>();
  for (const step of steps) {
    const { id } = step;
    if (id === undefined) continue;
    const first = byId.get(id);
    if (first) {
      const range = step.node.entries?.get("id")?.node.range ?? step.node.range;
      const hint = `the first one stands in ${first.phase}; ids are unique in the whole file`;
      const { kind: _kind, ...open } = first;
      byId.set(id, open);
      diagnostics.error(range, { code: "duplicate-id", message: `there are two steps with the id ${id}`, hint });
    } else {
      byId.set(id, step);
    }
  }
  return byId;
}

function referencesOf({ node }: FoundStep): readonly string[] {
  const field = (name: string) => node.entries?.get(name)?.node.value;
  const condition = field("if");
  return [
    ...templateReferences([field("with"), field("forEach")]),
    ...(typeof condition === "string" ? conditionReferences(condition) : []),
  ];
}

function reaches(graph: ReadonlyMap<string, readonly string[]>, from: string, on: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === on) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(graph.get(id) ?? []));
  }
  return false;
}
