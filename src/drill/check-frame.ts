import type { DiagnosticList } from "./diagnostic.ts";
import { PHASES } from "./drill.ts";
import { holdsExpression } from "./expression-template.ts";
import { frameSchema } from "./frame-schema.ts";
import type { Frame } from "./frame-schema.ts";
import { KNOWN_REGIONS } from "../regions/known-regions.ts";
import { REGION_PATTERN } from "../regions/region-name.ts";
import { didYouMean } from "./nearest.ts";
import { reportIssues } from "./schema-problems.ts";
import { childOf, keyOf, placeOf } from "./source-node.ts";
import type { SourceNode } from "./source-node.ts";

/** Checks everything in the file but its steps. Undefined when the schema is not met. */
export function checkFrame(root: SourceNode, diagnostics: DiagnosticList): Frame | undefined {
  const result = frameSchema.safeParse(root.value);
  if (!result.success) {
    const start = root.entries?.values().next().value?.key ?? { start: 0, end: 0 };
    const checked = { schema: frameSchema, node: root, place: start, owner: "the drill" };
    reportIssues(result.error.issues, checked, diagnostics);
  }
  checkRegions(root, diagnostics);
  checkKnownRegions(root, diagnostics);
  checkRole(root, diagnostics);
  checkVerify(root, diagnostics);
  refuseExpressions(root, diagnostics);
  return result.data;
}

function checkRegions(root: SourceNode, diagnostics: DiagnosticList): void {
  const regions = root.entries?.get("regions")?.node;
  const [primary, dr] = ["primary", "dr"].map((key) => regions && childOf(regions, key)?.value);
  if (!regions || typeof primary !== "string" || primary !== dr) return;
  const message = `regions.dr is the same as regions.primary: nothing is proved about the loss of ${primary}`;
  const hint = "name another Region as dr";
  diagnostics.warning(placeOf(regions, ["dr"]), { code: "same-region", message, hint });
}

/** A Region that AWS does not have would be found by the guard only, on the day of the drill. */
function checkKnownRegions(root: SourceNode, diagnostics: DiagnosticList): void {
  const regions = root.entries?.get("regions")?.node;
  for (const key of ["primary", "dr"]) {
    const name = regions && childOf(regions, key)?.value;
    if (typeof name !== "string" || !REGION_PATTERN.test(name) || KNOWN_REGIONS.includes(name)) continue;
    const hint = didYouMean(name, KNOWN_REGIONS, "when it is newer than this gameday, all is well");
    const message = `gameday knows no AWS Region ${name}`;
    diagnostics.warning(placeOf(regions!, [key]), { code: "unknown-region", message, hint });
  }
}

function checkRole(root: SourceNode, diagnostics: DiagnosticList): void {
  const role = root.entries?.get("assumeRole")?.node;
  const arn = role && childOf(role, "roleArn")?.value;
  const safety = root.entries?.get("safety")?.node;
  const accounts = safety && childOf(safety, "accounts")?.value;
  const account = typeof arn === "string" ? /^arn:[^:]*:iam::(\d{12}):/u.exec(arn)?.[1] : undefined;
  if (!role || account === undefined || !Array.isArray(accounts) || accounts.includes(account)) return;
  const message = `the role belongs to account ${account}, which safety.accounts does not list: every run would be refused`;
  diagnostics.error(placeOf(role, ["roleArn"]), { code: "foreign-role", message });
}

function checkVerify(root: SourceNode, diagnostics: DiagnosticList): void {
  const verify = root.entries?.get("verify")?.node;
  if (!root.entries || (verify && verify.items?.length !== 0)) return;
  const place = keyOf(root, [verify ? "verify" : "recover"]);
  const message = "no verify step: every run of this drill will be unproven, never passed";
  diagnostics.warning(place, { code: "nothing-verified", message, hint: "add a step that checks the recovered data" });
}

const PHASE_NAMES: ReadonlySet<string> = new Set(PHASES);
const EXPRESSION_FIELDS: ReadonlySet<string> = new Set(["with", "if", "forEach"]);

/** An expression where none is evaluated would be taken for text. */
function refuseExpressions(root: SourceNode, diagnostics: DiagnosticList): void {
  const visit = (node: SourceNode, inPhase: boolean): void => {
    if (typeof node.value === "string" && holdsExpression(node.value)) {
      const hint = "expressions stand in with, if and forEach of a step";
      diagnostics.error(node.range, { code: "expression-here", message: "no expression can stand here", hint });
    }
    for (const item of node.items ?? []) visit(item, inPhase);
    for (const [key, entry] of node.entries ?? []) {
      if (inPhase && EXPRESSION_FIELDS.has(key)) continue;
      visit(entry.node, inPhase || (node === root && PHASE_NAMES.has(key)));
    }
  };
  visit(root, false);
}
