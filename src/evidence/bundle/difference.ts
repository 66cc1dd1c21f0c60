export interface Comparison {
  /** Where it begins: `recoveryTime`; empty for the whole. */
  readonly path: string;
  /**
   * Undefined: every member is the same to the letter. Else two versions of gameday have made them: a member that only one of them knows
   * may differ, and so may what stands at a path that this matches, where each has words of its own.
   */
  readonly wording: RegExp | undefined;
}

/** The first member that differs, in words. */
export function difference(told: unknown, weighed: unknown, at: Comparison): string | undefined {
  if (Object.is(told, weighed) || at.wording?.test(at.path)) return undefined;
  if (isList(told) && isList(weighed)) return inLists(told, weighed, at);
  if (isNested(told) && isNested(weighed)) return inMembers(told, weighed, at);
  return `${at.path} is ${shown(told)}, and the journal says ${shown(weighed)}`;
}

/** A list is of facts, and none of them is new in a later version. */
function inLists(told: readonly unknown[], weighed: readonly unknown[], at: Comparison): string | undefined {
  for (let index = 0; index < Math.max(told.length, weighed.length); index++) {
    const found = difference(told[index], weighed[index], { ...at, path: `${at.path}[${index}]` });
    if (found !== undefined) return found;
  }
  return undefined;
}

function inMembers(told: Members, weighed: Members, { path, wording }: Comparison): string | undefined {
  for (const name of new Set([...Object.keys(told), ...Object.keys(weighed)])) {
    if (wording && !(Object.hasOwn(told, name) && Object.hasOwn(weighed, name))) continue;
    const found = difference(told[name], weighed[name], { path: path === "" ? name : `${path}.${name}`, wording });
    if (found !== undefined) return found;
  }
  return undefined;
}

type Members = Readonly<Record<string, unknown>>;

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isNested(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const LONGEST_SHOWN = 100;

function shown(value: unknown): string {
  const text = value === undefined ? "absent" : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
