import type * as z from "zod";
import type { DiagnosticList, Problem } from "./diagnostic.ts";
import type { TextRange } from "./expression-error.ts";
import { isRecord } from "./json.ts";
import { didYouMean, listed, nearest } from "./nearest.ts";
import { schemasAt, knownKeys } from "./schema-walk.ts";
import { keyOf, nodeAt, placeOf } from "./source-node.ts";
import type { SourceNode } from "./source-node.ts";

export type Issue = z.core.$ZodIssue;

/** What was checked: a schema, the part of the file it is for, and how messages name that part. */
export interface Checked {
  readonly schema: z.ZodType;
  readonly node: SourceNode;
  /** Where to point when the whole part is meant. */
  readonly place: TextRange;
  /** `the drill`, `step copy`, `ebs.copy-snapshot`. */
  readonly owner: string;
}

/** Tells every issue that zod found, at its place and in gameday's words. */
export function reportIssues(issues: readonly Issue[], checked: Checked, diagnostics: DiagnosticList): void {
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") reportKeys(issue, checked, diagnostics);
    else diagnostics.error(placeOfIssue(issue, checked), problemOf(issue, checked));
  }
}

function placeOfIssue(issue: Issue, { node, place }: Checked): TextRange {
  const missing = isMissing(issue, node);
  if (issue.path.length === 0 || (missing && issue.path.length === 1)) return place;
  return missing ? keyOf(node, issue.path.slice(0, -1)) : placeOf(node, issue.path);
}

function isMissing(issue: Issue, node: SourceNode): boolean {
  const parent = nodeAt(node, issue.path.slice(0, -1));
  const last = issue.path.at(-1);
  return last !== undefined && parent.entries !== undefined && !parent.entries.has(String(last));
}

function reportKeys(
  issue: Issue & { code: "unrecognized_keys" },
  { schema, node, owner }: Checked,
  diagnostics: DiagnosticList,
): void {
  const known = schemasAt(schema, issue.path).flatMap(knownKeys);
  const present = nodeAt(node, issue.path).entries;
  const unused = known.filter((key) => !present?.has(key));
  const where = issue.path.length > 0 ? `${dotted(issue.path)} of ${owner}` : owner;
  for (const key of issue.keys) {
    const hint = didYouMean(key, unused, known.length > 0 ? `it takes ${listed(known)}` : "it takes nothing");
    const problem = { code: "unknown-key", message: `${where} has no key ${JSON.stringify(key)}`, hint };
    diagnostics.error(keyOf(node, [...issue.path, key]), problem);
  }
}

function problemOf(issue: Issue, checked: Checked): Problem {
  const name = issue.path.length > 0 ? dotted(issue.path) : checked.owner;
  if (isMissing(issue, checked.node)) {
    const expected = issue.code === "invalid_type" ? ` (${EXPECTED[issue.expected] ?? issue.expected})` : "";
    return { code: "missing-key", message: `${checked.owner} needs ${name}${expected}`, ...hintOf(issue) };
  }
  const value = valueAt(checked.node, issue);
  return { code: codeOf(issue), message: `${name}: ${messageOf(issue, value)}`, ...hintOf(issue, value) };
}

function codeOf(issue: Issue): string {
  return issue.code === "invalid_type" || issue.code === "invalid_union" ? "wrong-type" : "wrong-value";
}

function messageOf(issue: Issue, value: unknown): string {
  if (issue.code === "invalid_type")
    return `expected ${EXPECTED[issue.expected] ?? issue.expected}, found ${found(value)}`;
  if (issue.code === "invalid_value") return `expected ${choices(issue.values)}, found ${found(value)}`;
  if (issue.code === "too_small") return `at least ${amount(issue.minimum, issue.origin)} needed`;
  if (issue.code === "too_big") return `at most ${amount(issue.maximum, issue.origin)} allowed`;
  if (issue.code === "invalid_union") return `${found(value)} is none of what can stand here`;
  const { message } = issue;
  const shown = typeof value === "string" ? `${found(value)} is ` : "";
  return message.startsWith("not ") || message.startsWith("a ") ? shown + message : lowerFirst(message);
}

/** `1 entry is`, `20 is`. */
function amount(limit: number | bigint, origin: string): string {
  const one = limit === 1;
  if (origin === "string") return `${limit} character${one ? " is" : "s are"}`;
  if (origin === "array" || origin === "set") return `${limit} ${one ? "entry is" : "entries are"}`;
  return `${limit} is`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

function choices(values: readonly unknown[]): string {
  const shown = values.map((value) => String(value));
  return shown.length === 1 ? (shown[0] ?? "") : `one of ${listed(shown)}`;
}

const LONGEST_SHOWN = 60;

/** A value of the file, short enough for a message. */
function found(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : `the ${typeof value} ${String(value)}`;
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function hintOf(issue: Issue, value?: unknown): { hint?: string } {
  if (issue.code === "invalid_value" && typeof value === "string") {
    const near = nearest(value, issue.values.map(String));
    return near === undefined ? {} : { hint: `did you mean ${near}?` };
  }
  if (issue.code === "invalid_type" && issue.expected === "string" && typeof value === "number") {
    return { hint: DURATION_KEYS.has(String(issue.path.at(-1))) ? NEEDS_UNIT : `write it in quotes: "${value}"` };
  }
  const params: unknown = "params" in issue ? issue.params : undefined;
  return isRecord(params) && typeof params["hint"] === "string" ? { hint: params["hint"] } : {};
}

const DURATION_KEYS = new Set(["rto", "rpo", "maxDuration", "teardownBudget", "timeout", "target", "delay"]);
const NEEDS_UNIT = "a duration needs a unit: 90s, 5m, 1h30m, 26h";

function valueAt(node: SourceNode, { path }: Issue): unknown {
  return nodeAt(node, path).value;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map((step, index) => segment(step, index)).join("");
}

function segment(step: PropertyKey, index: number): string {
  if (typeof step === "number") return `[${step}]`;
  return index === 0 ? String(step) : `.${String(step)}`;
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
