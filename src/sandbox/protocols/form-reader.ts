import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../service.ts";
import { readScalar, type Place } from "./scalar.ts";

/** Where the two query protocols differ in naming parameters. */
export interface FormStyle {
  memberKey(memberName: string, traits: Traits): string;
  /** Whether lists and maps lack the `member` and `entry` segment. */
  isFlat(traits: Traits): boolean;
  /** By which error a text is refused that is no value of its parameter's type. */
  readonly unreadable: Place["code"];
}

export type Traits = ReturnType<NormalizedSchema["getMergedTraits"]>;

interface Branch {
  text?: string;
  readonly children: Map<string, Branch>;
}

const DEEPEST_KEY = 32;

/** Reads a structure from parameters such as `Filter.1.Name=…&Filter.1.Value.1=…`. */
export function readForm(schema: NormalizedSchema, form: URLSearchParams, style: FormStyle): object {
  return readStructure(schema, branches(form), { style, where: "" });
}

function branches(form: URLSearchParams): Branch {
  const root: Branch = { children: new Map() };
  for (const [key, text] of form) {
    const segments = key.split(".");
    if (segments.length > DEEPEST_KEY)
      throw new AwsError("MalformedQueryString", "A parameter name is nested too deeply.");
    let branch = root;
    for (const segment of segments) {
      let next = branch.children.get(segment);
      if (!next) branch.children.set(segment, (next = { children: new Map() }));
      branch = next;
    }
    branch.text = text;
  }
  return root;
}

interface Reading {
  readonly style: FormStyle;
  /** The parameter's name so far, for messages. */
  readonly where: string;
}

function read(schema: NormalizedSchema, branch: Branch, reading: Reading): unknown {
  if (schema.isStructSchema()) return readStructure(schema, branch, reading);
  if (schema.isListSchema()) return readList(schema, branch, reading);
  if (schema.isMapSchema()) return readMap(schema, branch, reading);
  const { style, where } = reading;
  return branch.text === undefined ? undefined : readScalar(schema, branch.text, { where, code: style.unreadable });
}

function readStructure(schema: NormalizedSchema, branch: Branch, { style, where }: Reading): object {
  const value: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const key = style.memberKey(name, member.getMergedTraits());
    const child = branch.children.get(key);
    if (child) value[name] = read(member, child, { style, where: where ? `${where}.${key}` : key });
  }
  return value;
}

function readList(schema: NormalizedSchema, branch: Branch, reading: Reading): unknown[] {
  const member = schema.getValueSchema();
  const flat = reading.style.isFlat(schema.getMergedTraits());
  const items = flat ? branch : branch.children.get(member.getMergedTraits().xmlName ?? "member");
  return numbered(items).map((item) => read(member, item, reading));
}

function readMap(schema: NormalizedSchema, branch: Branch, reading: Reading): Record<string, unknown> {
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? "key";
  const member = schema.getValueSchema();
  const valueName = member.getMergedTraits().xmlName ?? "value";
  const entries = reading.style.isFlat(schema.getMergedTraits()) ? branch : branch.children.get("entry");
  return Object.fromEntries(
    numbered(entries).map((entry) => {
      const value = entry.children.get(valueName);
      return [entry.children.get(keyName)?.text ?? "", value && read(member, value, reading)];
    }),
  );
}

function numbered(branch: Branch | undefined): Branch[] {
  return [...(branch?.children ?? [])]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
