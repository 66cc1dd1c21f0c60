import type * as z from "zod";

type Schema = z.core.$ZodType;

/** The definition of a schema as a union that `type` tells apart. */
function definition(schema: Schema): z.core.$ZodTypes["_zod"]["def"] {
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schemas a value may have to meet once wrappers (optional, default, pipe, …) and unions are opened. `io`: which side of a pipe. */
export function openSchema(schema: Schema, io: "input" | "output" = "input"): readonly Schema[] {
  const def = definition(schema);
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return openSchema(def.innerType, io);
    case "pipe":
      return openSchema(io === "input" ? def.in : def.out, io);
    case "union":
      return def.options.flatMap((option) => openSchema(option, io));
    case "lazy":
      return openSchema(def.getter(), io);
    default:
      return [schema];
  }
}

/** Whether null may stand for the value. */
export function allowsNull(schema: Schema): boolean {
  const def = definition(schema);
  if (def.type === "nullable" || def.type === "null") return true;
  if (def.type === "union") return def.options.some((option) => allowsNull(option));
  if ("innerType" in def) return allowsNull(def.innerType);
  return def.type === "pipe" ? allowsNull(def.in) : false;
}

/** The schemas of what stands at a path below a schema: several below a union, none where nothing may stand. */
export function schemasAt(schema: Schema, path: readonly PropertyKey[]): readonly Schema[] {
  let schemas = openSchema(schema);
  for (const step of path) {
    schemas = schemas.flatMap((parent) => childSchemas(parent, step)).flatMap((child) => openSchema(child));
  }
  return schemas;
}

function childSchemas(schema: Schema, step: PropertyKey): readonly Schema[] {
  const def = definition(schema);
  switch (def.type) {
    case "object": {
      const key = String(step);
      const child = Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall;
      return child ? [child] : [];
    }
    case "record":
      return [def.valueType];
    case "array":
      return [def.element];
    case "tuple": {
      const child = typeof step === "number" ? (def.items[step] ?? def.rest) : undefined;
      return child ? [child] : [];
    }
    case "intersection":
      return [def.left, def.right].flatMap((side) => openSchema(side)).flatMap((side) => childSchemas(side, step));
    case "any":
    case "unknown":
      return [schema];
    default:
      return [];
  }
}

export function knownKeys(schema: Schema): readonly string[] {
  const def = definition(schema);
  return def.type === "object" ? Object.keys(def.shape) : [];
}

export { definition };
