import type { DiagnosticList } from "./diagnostic.ts";
import { holdsExpression } from "./expression-template.ts";
import { isRecord } from "./json.ts";
import { reportIssues } from "./schema-problems.ts";
import type { Issue } from "./schema-problems.ts";
import { keyOf, nodeAt, placeOf } from "./source-node.ts";
import type { SourceNode } from "./source-node.ts";
import type { FoundStep } from "./step-entry.ts";
import type { NamedRegions } from "./step-kind-schema.ts";

/** Checks a step's `with` against its kind's input, as far as no expression stands in the way. */
export function checkInput(step: FoundStep, regions: NamedRegions | undefined, diagnostics: DiagnosticList): void {
  const { kind, node } = step;
  const input = node.entries?.get("with")?.node;
  if (!kind || (input && !input.entries)) return;
  const result = kind.input.safeParse(input?.value ?? {});
  if (input && isRecord(input.value) && regions) {
    for (const { member, message, hint } of kind.misplaced?.(input.value, regions) ?? []) {
      diagnostics.error(placeOf(input, [member]), { code: "wrong-region", message, hint });
    }
  }
  if (result.success) return;
  const found: SourceNode = input ?? { value: {}, range: node.range, entries: new Map() };
  const issues = result.error.issues.filter((issue) => !mayBeMet(issue, found));
  const place = keyOf(node, [input ? "with" : "uses"]);
  reportIssues(issues, { schema: kind.input, node: found, place, owner: kind.uses }, diagnostics);
}

/** Whether an expression may still make good what zod complains of. */
function mayBeMet(issue: Issue, input: SourceNode): boolean {
  if (issue.code === "unrecognized_keys") return false;
  const { value } = nodeAt(input, issue.path);
  if (typeof value === "string") return holdsExpression(value);
  const wide = issue.code === "invalid_union" || issue.code === "custom";
  return wide && containsExpression(value);
}

function containsExpression(value: unknown): boolean {
  if (typeof value === "string") return holdsExpression(value);
  if (Array.isArray(value)) return value.some((item) => containsExpression(item));
  return isRecord(value) && Object.values(value).some((item) => containsExpression(item));
}
