import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../service.ts";

/** Smithy's numbers for the three wire formats of a timestamp. */
const HTTP_DATE = 6;
const EPOCH_SECONDS = 7;

/** The value of a simple shape from its text, as the query protocols, URLs and headers carry it. */
export function readScalar(schema: NormalizedSchema, text: string, where: string): unknown {
  if (schema.isBooleanSchema()) return readBoolean(text, where);
  if (schema.isNumericSchema()) return readNumber(text, where);
  if (schema.isBigIntegerSchema()) return readBigInteger(text, where);
  if (schema.isTimestampSchema()) return readTimestamp(text, where);
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(text, "base64"));
  return text;
}

/** The text of a simple shape. Timestamps are ISO 8601 unless the model says otherwise. */
export function writeScalar(schema: NormalizedSchema, value: unknown): string {
  if (value instanceof Date) return writeTimestamp(schema, value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return String(value);
}

function writeTimestamp(schema: NormalizedSchema, value: Date): string {
  const format = schema.getSchema();
  if (format === HTTP_DATE) return value.toUTCString();
  if (format === EPOCH_SECONDS) return String(value.getTime() / 1000);
  return value.toISOString();
}

function readBoolean(text: string, where: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw unreadable(where, text, "a boolean");
}

function readNumber(text: string, where: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw unreadable(where, text, "a number");
  return value;
}

function readBigInteger(text: string, where: string): bigint {
  if (!/^-?\d{1,40}$/.test(text)) throw unreadable(where, text, "an integer");
  return BigInt(text);
}

function readTimestamp(text: string, where: string): Date {
  const epochMs = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(epochMs)) throw unreadable(where, text, "a timestamp");
  return new Date(epochMs);
}

function unreadable(where: string, text: string, expected: string): AwsError {
  return new AwsError(
    "InvalidParameterValue",
    `Invalid value '${text.slice(0, 100)}' for ${where}. It must be ${expected}.`,
  );
}
