import type * as z from "zod";
import { definition, openSchema } from "./schema-walk.ts";

type Family = "string" | "number" | "boolean" | "null" | "list" | "map" | "anything" | "nothing";

const CEL_FAMILIES: Readonly<Record<string, Family>> = {
  string: "string",
  "google.protobuf.Timestamp": "string",
  int: "number",
  double: "number",
  bool: "boolean",
  null: "null",
  list: "list",
  map: "map",
  dyn: "anything",
  uint: "nothing",
  bytes: "nothing",
  type: "nothing",
  "google.protobuf.Duration": "nothing",
};

/** The JSON family of a CEL type by its name; names of registered objects are maps. */
export function familyOf(celType: string): Family {
  const generic = /^(dyn|list|map)</u.exec(celType)?.[1];
  if (generic === "dyn") return "anything";
  return CEL_FAMILIES[generic ?? celType] ?? "map";
}

/** Whether a value of the CEL type may meet one of the schemas. What cannot be known before the run is let through. */
export function fits(celType: string, schemas: readonly z.core.$ZodType[]): boolean {
  const family = familyOf(celType);
  if (family === "nothing") return false;
  if (family === "anything" || schemas.length === 0) return true;
  return schemas.some((schema) => fitsOne(celType, family, schema));
}

function fitsOne(celType: string, family: Family, schema: z.core.$ZodType): boolean {
  const takes = schemaFamily(schema);
  if (takes === "anything") return true;
  if (takes !== family) return false;
  const def = definition(schema);
  const item = /^list<(.+)>$/u.exec(celType)?.[1];
  return def.type !== "array" || item === undefined || fits(item, openSchema(def.element));
}

function schemaFamily(schema: z.core.$ZodType): Family {
  const def = definition(schema);
  switch (def.type) {
    case "string":
    case "enum":
    case "template_literal":
      return "string";
    case "number":
    case "boolean":
    case "null":
      return def.type;
    case "literal":
      return literalFamily(def.values);
    case "array":
    case "tuple":
      return "list";
    case "object":
    case "record":
      return "map";
    default:
      return "anything";
  }
}

function literalFamily(values: readonly unknown[]): Family {
  const type = typeof values[0];
  return type === "string" || type === "number" || type === "boolean" ? type : "anything";
}

/** What the schemas take, for a message: `a string or a list`. */
export function describeSchemas(schemas: readonly z.core.$ZodType[]): string {
  return [...new Set(schemas.map((schema) => DESCRIPTIONS[schemaFamily(schema)]))].join(" or ");
}

/** What a CEL type is, for a message. */
export function describeCelType(celType: string): string {
  const item = /^list<(.+)>$/u.exec(celType)?.[1];
  if (item !== undefined && familyOf(item) !== "anything") {
    return `a list of ${PLURALS[familyOf(item)] ?? "values"}`;
  }
  return familyOf(celType) === "nothing" ? `a ${celType}, which is not JSON` : DESCRIPTIONS[familyOf(celType)];
}

const DESCRIPTIONS: Readonly<Record<Family, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  null: "null",
  list: "a list",
  map: "a map",
  anything: "any value",
  nothing: "nothing",
};

const PLURALS: Readonly<Partial<Record<Family, string>>> = {
  string: "strings",
  number: "numbers",
  boolean: "booleans",
  list: "lists",
  map: "maps",
};
