import type { NormalizedSchema } from "@smithy/core/schema";
import { writeScalar } from "./scalar.ts";

/** Writes the inside of an element. */
type WriteContent = (value: unknown) => string;
/** Writes a member with its own element or elements. */
type WriteMember = (value: unknown) => string;

const structures = new WeakMap<object, WriteContent>();

/** The members of a structure as XML elements, without an element around them. */
export function writeXml(schema: NormalizedSchema, value: object): string {
  return structureWriter(schema)(value);
}

/** An element name and its text, escaped. */
export function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

function contentWriter(schema: NormalizedSchema): WriteContent {
  if (schema.isStructSchema()) return structureWriter(schema);
  if (schema.isListSchema()) return listWriter(schema);
  if (schema.isMapSchema()) return mapWriter(schema, "entry");
  return (value) => escapeXml(writeScalar(schema, value));
}

/** Compiled once per structure, on first use because shapes may contain themselves. */
function structureWriter(schema: NormalizedSchema): WriteContent {
  const key = schema.getSchema() as object;
  const known = structures.get(key);
  if (known) return known;
  let members: [string, WriteMember][] | undefined;
  const write = (value: unknown) => {
    members ??= Array.from(schema.structIterator(), ([name, member]) => [name, memberWriter(name, member)]);
    let xml = "";
    for (const [name, writeMember] of members) {
      const content = (value as Record<string, unknown>)[name];
      if (content !== undefined && content !== null) xml += writeMember(content);
    }
    return xml;
  };
  structures.set(key, write);
  return write;
}

function memberWriter(name: string, schema: NormalizedSchema): WriteMember {
  const traits = schema.getMergedTraits();
  // A structure's own xmlName names its root element only.
  const tag = schema.getMemberTraits().xmlName ?? name;
  if (traits.xmlFlattened && schema.isListSchema()) {
    const write = contentWriter(schema.getValueSchema());
    return (value) => (value as unknown[]).map((item) => wrap(tag, write(item))).join("");
  }
  if (traits.xmlFlattened && schema.isMapSchema()) return mapWriter(schema, tag);
  const write = contentWriter(schema);
  return (value) => wrap(tag, write(value));
}

function listWriter(schema: NormalizedSchema): WriteContent {
  const item = schema.getValueSchema();
  const tag = item.getMemberTraits().xmlName ?? "member";
  const write = contentWriter(item);
  return (value) => {
    let xml = "";
    for (const entry of value as unknown[]) xml += wrap(tag, write(entry));
    return xml;
  };
}

function mapWriter(schema: NormalizedSchema, tag: string): WriteContent {
  const keyTag = schema.getKeySchema().getMemberTraits().xmlName ?? "key";
  const valueTag = schema.getValueSchema().getMemberTraits().xmlName ?? "value";
  const write = contentWriter(schema.getValueSchema());
  return (value) =>
    Object.entries(value as object)
      .map(([key, entry]) => wrap(tag, element(keyTag, key) + wrap(valueTag, write(entry))))
      .join("");
}

function wrap(tag: string, content: string): string {
  return `<${tag}>${content}</${tag}>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};
// oxlint-disable-next-line no-control-regex -- exactly the characters that XML 1.0 cannot carry
const SPECIAL = /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function escapeXml(text: string): string {
  return text.replace(SPECIAL, (character) => ENTITIES[character] ?? "\ufffd");
}
