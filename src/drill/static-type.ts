import type { Environment } from "@marcbachmann/cel-js";
import type * as z from "zod";
import { allowsNull, definition, openSchema } from "./schema-walk.ts";

/** What is known of a value before the drill runs. Numbers of JSON are doubles. */
export type StaticType =
  | { readonly kind: "string" | "double" | "int" | "bool" | "dyn" }
  | { readonly kind: "list"; readonly item: StaticType }
  | { readonly kind: "map"; readonly value: StaticType }
  /** `name` is what CEL's messages call it; one name, one type. */
  | { readonly kind: "object"; readonly name: string; readonly fields: ReadonlyMap<string, StaticType> };

export const DYNAMIC: StaticType = { kind: "dyn" };
export const STRING: StaticType = { kind: "string" };

/** The type of what a zod schema lets out. */
export function outputType(schema: z.core.$ZodType, name: string): StaticType {
  const [only, ...others] = openSchema(schema, "output");
  if (!only || allowsNull(schema)) return DYNAMIC;
  const type = typeOf(only, name);
  const same = (other: z.core.$ZodType) => typeOf(other, name).kind === type.kind;
  const simple = type.kind === "string" || type.kind === "double" || type.kind === "bool";
  return others.length === 0 || (simple && others.every(same)) ? type : DYNAMIC;
}

function typeOf(schema: z.core.$ZodType, name: string): StaticType {
  const def = definition(schema);
  switch (def.type) {
    case "string":
    case "enum":
    case "template_literal":
      return STRING;
    case "literal":
      return typeOfValues(def.values);
    case "number":
      return { kind: "double" };
    case "boolean":
      return { kind: "bool" };
    case "array":
      return { kind: "list", item: outputType(def.element, `${name}[]`) };
    case "record":
      return { kind: "map", value: outputType(def.valueType, `${name}[]`) };
    case "object":
      return objectType(name, def.shape);
    default:
      return DYNAMIC;
  }
}

export function objectType(name: string, shape: Readonly<Record<string, z.core.$ZodType>>): StaticType {
  const fields = Object.entries(shape).map(([key, field]) => [key, outputType(field, `${name}.${key}`)] as const);
  return { kind: "object", name, fields: new Map(fields) };
}

/** The one type that all values have. */
export function typeOfValues(values: readonly unknown[]): StaticType {
  const kinds = new Set(values.map((value) => typeof value));
  if (kinds.size !== 1) return DYNAMIC;
  if (kinds.has("string")) return STRING;
  if (kinds.has("number")) return { kind: "double" };
  return kinds.has("boolean") ? { kind: "bool" } : DYNAMIC;
}

/** Makes a type known to a CEL environment, once, and returns its CEL name. */
export function registerStaticType(environment: Environment, type: StaticType, known: Set<string>): string {
  if (type.kind === "list") return `list<${registerStaticType(environment, type.item, known)}>`;
  if (type.kind === "map") return `map<string, ${registerStaticType(environment, type.value, known)}>`;
  if (type.kind !== "object") return type.kind;
  if (type.fields.size === 0) return "map<string, dyn>";
  if (!known.has(type.name)) {
    known.add(type.name);
    const fields = [...type.fields].map(([key, field]) => [key, registerStaticType(environment, field, known)]);
    environment.registerType(type.name, { fields: Object.fromEntries(fields) as Record<string, string> });
  }
  return type.name;
}
