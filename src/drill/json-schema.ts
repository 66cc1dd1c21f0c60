import * as z from "zod";
import { PHASES } from "./drill.ts";
import { frameSchema, parallelSchema, stepSchema } from "./frame-schema.ts";
import { isRecord } from "./json.ts";
import type { StepKindSchema } from "./step-kind-schema.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

const EXPRESSION = { $ref: "#/definitions/expression" };

/** The JSON Schema (draft 7) of drill files, for editors. What it cannot say, `gameday validate` does. */
export function drillJsonSchema(kinds: readonly StepKindSchema[]): JsonSchema {
  const sorted = kinds.toSorted((a, b) => (a.uses < b.uses ? -1 : 1));
  const frame = convert(frameSchema);
  const entries = { type: "array", items: { $ref: "#/definitions/entry" } };
  const phases = PHASES.map((phase) => [phase, { ...property(frame, phase), ...entries }] as const);
  return {
    ...frame,
    title: "gameday drill",
    properties: { ...propertiesOf(frame), ...Object.fromEntries(phases) },
    definitions: {
      entry: {
        if: { required: ["parallel"] },
        // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
        then: { $ref: "#/definitions/parallel" },
        else: { $ref: "#/definitions/step" },
      },
      parallel: parallelDefinition(),
      step: stepDefinition(sorted),
      expression: { type: "string", pattern: "\\$\\{\\{", description: "A CEL expression inside ${{ }}" },
      ...Object.assign({}, ...sorted.map(inputDefinitions)),
    },
  };
}

function convert(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" });
}

function propertiesOf(schema: JsonSchema): Record<string, unknown> {
  return isRecord(schema["properties"]) ? schema["properties"] : {};
}

function property(schema: JsonSchema, name: string): Record<string, unknown> {
  const found = propertiesOf(schema)[name];
  return isRecord(found) ? found : {};
}

function parallelDefinition(): object {
  const { $schema: _, ...group } = convert(parallelSchema);
  const parallel = { ...property(group, "parallel"), items: { $ref: "#/definitions/step" } };
  return { ...group, properties: { parallel } };
}

function stepDefinition(kinds: readonly StepKindSchema[]): object {
  const { $schema: _, ...step } = convert(stepSchema);
  const uses = { anyOf: kinds.map((kind) => ({ const: kind.uses, description: kind.does })) };
  return {
    ...step,
    properties: { ...propertiesOf(step), uses: { ...property(step, "uses"), ...uses } },
    allOf: kinds.map((kind) => ({
      if: { properties: { uses: { const: kind.uses } }, required: ["uses"] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: inputRule(kind),
    })),
  };
}

function inputRule({ uses, input }: StepKindSchema): object {
  const rule = { properties: { with: { $ref: `#/definitions/${inputName(uses)}` } } };
  return input.safeParse({}).success ? rule : { ...rule, required: ["with"] };
}

function inputName(uses: string): string {
  return `with ${uses}`.replaceAll(" ", "-");
}

/** The input's schema, with an expression allowed wherever a value stands; and what it refers to, under names of its own. */
function inputDefinitions(kind: StepKindSchema): Record<string, unknown> {
  const { $schema: _, definitions, ...schema } = convert(kind.input);
  const name = inputName(kind.uses);
  const own = (part: unknown) => renamed(withExpressions(part), name);
  const shared = Object.entries(isRecord(definitions) ? definitions : {}).map(([key, part]) => [
    `${name}.${key}`,
    own(part),
  ]);
  return { [name]: { ...(own(schema) as JsonSchema), description: kind.does }, ...Object.fromEntries(shared) };
}

function renamed(part: unknown, name: string): unknown {
  if (Array.isArray(part)) return part.map((item) => renamed(item, name));
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      const local = key === "$ref" && typeof value === "string" && value !== EXPRESSION.$ref;
      return [key, local ? value.replace("#/definitions/", `#/definitions/${name}.`) : renamed(value, name)];
    }),
  );
}

/** A schema whose parts, not itself, may also be expressions. */
function withExpressions(part: unknown): unknown {
  if (typeof part !== "object" || part === null) return part;
  const schema = part as Record<string, unknown>;
  const changed = { ...schema };
  if (isRecord(schema["properties"])) changed["properties"] = mapValues(schema["properties"], orExpression);
  for (const key of ["additionalProperties", "items"]) {
    if (isRecord(schema[key])) changed[key] = orExpression(schema[key]);
  }
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    const options = schema[key];
    if (Array.isArray(options)) changed[key] = options.map((option) => withExpressions(option));
  }
  return changed;
}

function orExpression(part: unknown): unknown {
  if (!isRecord(part)) return part;
  const { description, default: preset, ...schema } = part;
  const open = Object.keys(schema).length === 0 || (schema["type"] === "string" && Object.keys(schema).length === 1);
  const notes = { ...(description !== undefined && { description }), ...(preset !== undefined && { default: preset }) };
  return open ? part : { ...notes, anyOf: [withExpressions(schema), EXPRESSION] };
}

function mapValues(record: Record<string, unknown>, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
