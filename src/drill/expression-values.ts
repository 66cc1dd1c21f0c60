import type { JsonValue } from "./json.ts";

/** Limits on what an expression may yield. */
export const LONGEST_STRING = 65_536;
export const LONGEST_LIST = 10_000;
const MOST_VALUES = 100_000;
const DEEPEST = 64;

/** A value that cannot come out of (or go into) an expression. `code` and `message` as in ExpressionError. */
export class ValueRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** JSON as CEL data. Objects become Maps, so that no key of theirs can meet JavaScript's own. */
export function toCel(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) throw new ValueRefused("value-too-deep", `a value is nested more than ${DEEPEST} levels deep`);
  if (Array.isArray(value)) return value.map((item) => toCel(item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  return new Map(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, toCel(item, depth + 1)]),
  );
}

/** What CEL yields as JSON: safe ints as numbers, timestamps as ISO strings. */
export function fromCel(value: unknown): JsonValue {
  let left = MOST_VALUES;
  const convert = (item: unknown, depth: number): JsonValue => {
    if (depth > DEEPEST)
      throw new ValueRefused("value-too-deep", `the value is nested more than ${DEEPEST} levels deep`);
    if (--left < 0) throw new ValueRefused("value-too-large", `the value has more than ${MOST_VALUES} parts`);
    if (Array.isArray(item) || item instanceof Set) return listFromCel([...item], (part) => convert(part, depth + 1));
    if (item instanceof Map) return mapFromCel([...item], (part) => convert(part, depth + 1));
    if (isPlainObject(item)) return mapFromCel(Object.entries(item), (part) => convert(part, depth + 1));
    return scalarFromCel(item);
  };
  return convert(value, 0);
}

function listFromCel(items: readonly unknown[], convert: (item: unknown) => JsonValue): JsonValue {
  if (items.length <= LONGEST_LIST) return items.map((item) => convert(item));
  throw new ValueRefused(
    "value-too-large",
    `the list has ${items.length} entries; at most ${LONGEST_LIST} are allowed`,
  );
}

/** Keys may be anything but `__proto__`: data of AWS or Terraform may well have a key called `constructor`. */
function mapFromCel(entries: readonly [unknown, unknown][], convert: (item: unknown) => JsonValue): JsonValue {
  const converted = entries.map(([key, item]) => {
    if (typeof key !== "string") throw new ValueRefused("wrong-type", "the keys of a map must be strings");
    if (key === "__proto__") throw new ValueRefused("unsafe-key", "the key __proto__ is not allowed");
    return [key, convert(item)] as const;
  });
  return Object.fromEntries(converted);
}

function scalarFromCel(value: unknown): JsonValue {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return checkedString(value);
  if (typeof value === "number") return checkedNumber(value);
  if (typeof value === "bigint") return checkedNumber(Number(value));
  if (value instanceof Date) return value.toISOString();
  throw new ValueRefused("wrong-type", "the expression yields something that is not JSON (bytes, a duration, a type)");
}

export function checkedString(value: string): string {
  if (value.length <= LONGEST_STRING) return value;
  throw new ValueRefused(
    "value-too-large",
    `the string has ${value.length} characters; at most ${LONGEST_STRING} are allowed`,
  );
}

function checkedNumber(value: number): number {
  if (!Number.isFinite(value)) throw new ValueRefused("number-too-large", `the number ${value} is not JSON`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new ValueRefused("number-too-large", `the number ${value} is too large to be exact`);
  }
  return value;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
