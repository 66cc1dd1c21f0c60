import { isRecord } from "../../drill/json.ts";
import type { RunRecord } from "../../engine/record.ts";
import { resultOf } from "../result/result.ts";
import { resultSchema, RESULT_VERSION, type Result } from "../result/schema.ts";
import { readPart } from "./read-bundle.ts";
import { Wrong } from "./wrong.ts";

const RESULT = "result.json";

/** What a report knows from elsewhere than the journal: other runs, mappings, keys. */
const FROM_ELSEWHERE: ReadonlySet<string> = new Set([
  "renderedBy",
  "history",
  "standing",
  "controls",
  "integrity",
  "review",
]);

/**
 * The result file is what the journal says, measured and judged anew. Made by this very version of gameday every member must be the
 * same; made by another one, whose words may differ, every figure, instant and yes or no that both of them have.
 */
export async function verifyResult(folder: string, record: RunRecord, version: string | undefined): Promise<Result> {
  const told = parsed(await readPart(folder, RESULT));
  if (told["run"] === undefined || !isRecord(told["run"]) || told["run"]["id"] !== record.run.runId)
    throw new Wrong(RESULT, `it is not of run ${record.run.runId}`);
  const weighed = JSON.parse(JSON.stringify(resultOf(record))) as Record<string, unknown>;
  const sameVersion = version !== undefined && told["renderedBy"] === version;
  for (const name of new Set([...Object.keys(told), ...Object.keys(weighed)])) {
    if (FROM_ELSEWHERE.has(name)) continue;
    const found = difference(told[name], weighed[name], { path: name, exact: sameVersion });
    if (found) throw new Wrong(RESULT, found);
  }
  if (sameVersion) checkShape(told);
  return told as unknown as Result;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  throw new Wrong(RESULT, "it is not a JSON object");
}

function checkShape(told: object): void {
  const checked = resultSchema.safeParse(told);
  if (checked.success) return;
  const [issue] = checked.error.issues;
  throw new Wrong(
    RESULT,
    `${issue?.path.join(".") ?? ""} is not as schema ${RESULT_VERSION} has it: ${issue?.message}`,
  );
}

interface At {
  /** `recoveryTime.rtaMs`. */
  readonly path: string;
  readonly exact: boolean;
}

/** The first member that differs, in words. */
function difference(told: unknown, weighed: unknown, { path, exact }: At): string | undefined {
  if (!exact && (told === undefined || weighed === undefined)) return undefined;
  if (isNested(told) && isNested(weighed)) {
    for (const name of new Set([...Object.keys(told), ...Object.keys(weighed)])) {
      const at = { path: Array.isArray(told) ? `${path}[${name}]` : `${path}.${name}`, exact };
      const found = difference(told[name], weighed[name], at);
      if (found) return found;
    }
    return undefined;
  }
  if (Object.is(told, weighed) || (!exact && isWording(told) && isWording(weighed))) return undefined;
  return `${path} is ${shown(told)}, and the journal says ${shown(weighed)}`;
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isWording(value: unknown): boolean {
  return typeof value === "string" && !/^\d{4}-\d\d-\d\dT/.test(value);
}

const LONGEST_SHOWN = 100;

function shown(value: unknown): string {
  const text = value === undefined ? "absent" : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
