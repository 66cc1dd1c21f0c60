import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../service.ts";
import { takesDecimals } from "./decimal-members.ts";

type Structure = Record<string, unknown>;

/**
 * Refuses what the codecs read without looking: a number where the model has a string, a list where it has one value. Members that
 * are null are taken away, as null is no value to AWS's JSON protocols.
 * @throws AwsError `SerializationException`
 */
export function checkShape(schema: NormalizedSchema, value: unknown, where = ""): void {
  if (schema.isStructSchema()) checkStructure(schema, value, where);
  else if (schema.isListSchema()) checkList(schema, value, where);
  else if (schema.isMapSchema()) checkMap(schema, value, where);
  else checkScalar(schema, value, where);
}

function checkStructure(schema: NormalizedSchema, value: unknown, where: string): void {
  if (!isStructure(value)) throw unreadable(where, "a structure");
  for (const [name, member] of schema.structIterator()) {
    if (value[name] === null) delete value[name];
    if (value[name] !== undefined) checkShape(member, value[name], where === "" ? name : `${where}.${name}`);
  }
}

function checkList(schema: NormalizedSchema, value: unknown, where: string): void {
  if (!Array.isArray(value)) throw unreadable(where, "a list");
  const member = schema.getValueSchema();
  value.forEach((item, index) => checkShape(member, item, `${where}[${index}]`));
}

function checkMap(schema: NormalizedSchema, value: unknown, where: string): void {
  if (!isStructure(value)) throw unreadable(where, "a map");
  const member = schema.getValueSchema();
  for (const [key, item] of Object.entries(value)) checkShape(member, item, `${where}.${key}`);
}

function checkScalar(schema: NormalizedSchema, value: unknown, where: string): void {
  if (schema.isStringSchema() && typeof value !== "string") throw unreadable(where, "a string");
  if (schema.isBooleanSchema() && typeof value !== "boolean") throw unreadable(where, "a boolean");
  if (schema.isNumericSchema() && typeof value !== "number" && typeof value !== "bigint")
    throw unreadable(where, "a number");
  if (schema.isNumericSchema() && typeof value === "number" && !Number.isInteger(value) && !takesDecimals(where))
    throw unreadable(where, "an integer");
  if (schema.isBlobSchema() && !(value instanceof Uint8Array)) throw unreadable(where, "a blob");
  if (schema.isTimestampSchema() && !(value instanceof Date && !Number.isNaN(value.getTime())))
    throw unreadable(where, "a timestamp");
}

function isStructure(value: unknown): value is Structure {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function unreadable(where: string, expected: string): AwsError {
  return new AwsError("SerializationException", `${where || "The request"} must be ${expected}.`);
}
