import { join } from "node:path";
import * as z from "zod";
import type { Json } from "../engine/resource-kind.ts";
import { ERRORED_FILE, STATE_FILE } from "./state.ts";
import { readRegularText } from "../engine/regular-file.ts";

/** Shorter values are words: blanking them would take ordinary text out of the journal. */
const SHORTEST = 8;

const step = z.object({ type: z.string(), value: z.unknown() });
const instance = z.object({
  attributes: z.unknown().optional(),
  sensitive_attributes: z.array(z.array(step)).default([]).catch([]),
});
const stateFile = z.object({
  outputs: z.record(z.string(), z.object({ value: z.unknown(), sensitive: z.boolean().default(false) })).default({}),
  resources: z.array(z.object({ instances: z.array(instance).default([]) })).default([]),
});

/**
 * The texts that a working copy's state marks as sensitive, in outputs and in attributes. An apply that fails tells no outputs, but
 * its errors may well repeat such a text.
 */
export async function secretsInState(folder: string): Promise<readonly string[]> {
  const files = await Promise.all([STATE_FILE, ERRORED_FILE].map((name) => readJson(join(folder, name))));
  return files.flatMap((data) => {
    const state = stateFile.safeParse(data).data;
    if (!state) return [];
    const outputs = Object.values(state.outputs).flatMap(({ value, sensitive }) => (sensitive ? [value] : []));
    const attributes = state.resources.flatMap(({ instances }) => instances.flatMap(sensitiveOf));
    return [...outputs, ...attributes].flatMap(textsIn).filter((text) => text.length >= SHORTEST);
  });
}

function sensitiveOf({ attributes, sensitive_attributes: paths }: z.output<typeof instance>): readonly unknown[] {
  return paths.map((path) => path.reduce((at: unknown, each) => memberOf(at, each.value), attributes));
}

/** A `get_attr` names its member; an `index` carries a number or a text, bare or as `{ value, type }`. */
function memberOf(at: unknown, key: unknown): unknown {
  const name = typeof key === "object" && key !== null && "value" in key ? key.value : key;
  if (typeof at !== "object" || at === null || (typeof name !== "string" && typeof name !== "number")) return undefined;
  return Object.hasOwn(at, name) ? (at as Readonly<Record<string, unknown>>)[name] : undefined;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value as Json & object).flatMap(textsIn) : [];
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readRegularText(path));
  } catch {
    return undefined;
  }
}
