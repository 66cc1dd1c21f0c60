import type { RunEvent } from "./events.ts";
import type { Redaction } from "./redaction.ts";

type FreeMembers<E extends RunEvent> = readonly (keyof E & string)[];

/**
 * The members of each event in which text stands that people, programs or AWS have written. Only there can a secret be, and only there
 * is anything blanked: a kind, a phase, an id, a Region or a step that happens to equal a secret must stay, or the run could neither
 * be resumed nor torn down from its record.
 */
const FREE: { readonly [T in RunEvent["type"]]: FreeMembers<Extract<RunEvent, { type: T }>> } = {
  "run-started": [],
  "run-resumed": [],
  "identity-confirmed": [],
  "phase-started": [],
  "phase-finished": [],
  "disaster-declared": [],
  "step-started": ["input"],
  "step-progress": ["message"],
  "step-finished": ["outputs", "failure", "reason"],
  "people-wait": ["prompt"],
  "resource-intended": [],
  "resource-created": [],
  "resource-deleting": [],
  "resource-deleted": [],
  "resource-leaked": ["failure"],
  "resource-kept": [],
  "data-checked": ["summary", "differences"],
  "recovery-point": [],
  finding: ["message"],
  "aws-call": ["errorCode"],
  "state-observed": [],
  "tool-used": ["version", "from"],
  "abort-requested": ["detail"],
  "run-finished": ["failure"],
};

/** Members of a failure that are gameday's own words or AWS's names, not text. */
const FAILURE_NAMES = new Set(["code", "fixer", "consequence", "resourceId", "awsRequestId"]);
/** A Region, a zone, an id or an instant as a whole is no secret, whatever has been called one. */
const IDENTIFIER =
  /^(?:[a-z]{2,4}(?:-[a-z]+){1,2}-\d{1,2}[a-z]?|[a-z]{1,16}(?:-[a-z]{1,16})?-[0-9a-f]{8,17}|\d{4}-\d\d-\d\dT[\d:.]{8,12}Z)$/;

/** A copy of an event in which no free text holds a secret. */
export function withoutSecrets<E extends RunEvent>(event: E, redaction: Redaction): E {
  const free: readonly string[] = FREE[event.type];
  if (redaction.isEmpty || free.length === 0) return event;
  const clean = Object.entries(event).map(([name, value]) => [
    name,
    free.includes(name) ? cleaned(value, namesIn(name), redaction) : value,
  ]);
  return Object.fromEntries(clean) as E;
}

/** Which members of a member stay as they are: the names that step kinds give to inputs and outputs do, not what they hold. */
function namesIn(member: string): (name: string) => boolean {
  return (name) => member === "failure" && FAILURE_NAMES.has(name);
}

function cleaned(value: unknown, stays: (name: string) => boolean, redaction: Redaction): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return cleanData(value, redaction);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, stays(name) ? item : cleanData(item, redaction)]),
  );
}

function cleanData(data: unknown, redaction: Redaction): unknown {
  if (typeof data === "string") return IDENTIFIER.test(data) ? data : redaction.text(data);
  if (Array.isArray(data)) return data.map((item) => cleanData(item, redaction));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [redaction.text(key), cleanData(value, redaction)]),
  );
}
