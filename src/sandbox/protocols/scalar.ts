import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../service.ts";
import { takesDecimals } from "./decimal-members.ts";

/** Smithy's numbers for the three wire formats of a timestamp. */
const HTTP_DATE = 6;
const EPOCH_SECONDS = 7;

/** Where a text stands, for messages, and by which code the protocol refuses one that is no value of the shape. */
export interface Place {
  readonly where: string;
  readonly code: "InvalidParameterValue" | "MalformedInput" | "SerializationException";
}

/** The value of a simple shape from its text, as the query protocols, URLs and headers carry it. @throws AwsError with the place's code */
export function readScalar(schema: NormalizedSchema, text: string, place: Place): unknown {
  if (schema.isBooleanSchema()) return readBoolean(text, place);
  if (schema.isNumericSchema()) return takesDecimals(place.where) ? readDecimal(text, place) : readInteger(text, place);
  if (schema.isBigIntegerSchema()) return readBigInteger(text, place);
  if (schema.isTimestampSchema()) return readTimestamp(text, place);
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

function readBoolean(text: string, place: Place): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw unreadable(place, text, "a boolean");
}

/** Digits alone: neither `1.5` nor `1e1` nor `0x10` is an integer to AWS. */
function readInteger(text: string, place: Place): number {
  const value = Number(text);
  if (!/^[-+]?\d{1,20}$/.test(text) || !Number.isSafeInteger(value)) throw unreadable(place, text, "an integer");
  return value;
}

function readDecimal(text: string, place: Place): number {
  const value = Number(text);
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) || !Number.isFinite(value))
    throw unreadable(place, text, "a number");
  return value;
}

function readBigInteger(text: string, place: Place): bigint {
  if (!/^-?\d{1,40}$/.test(text)) throw unreadable(place, text, "an integer");
  return BigInt(text);
}

function readTimestamp(text: string, place: Place): Date {
  const epochMs = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(epochMs)) throw unreadable(place, text, "a timestamp");
  return new Date(epochMs);
}

function unreadable({ where, code }: Place, text: string, expected: string): AwsError {
  return new AwsError(code, `Invalid value '${text.slice(0, 100)}' for ${where}. It must be ${expected}.`);
}
