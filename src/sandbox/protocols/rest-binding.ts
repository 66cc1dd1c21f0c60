import { NormalizedSchema } from "@smithy/core/schema";
import type { Operation } from "./operation.ts";
import { labelsOf } from "./rest-route.ts";
import { readScalar, writeScalar } from "./scalar.ts";
import type { WireRequest } from "./wire-request.ts";

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
type Traits = ReturnType<NormalizedSchema["getMergedTraits"]>;

/** The members of an input that come in the path, the query string and the headers. */
export function readBindings(operation: Operation, request: WireRequest): Record<string, unknown> {
  const labels = labelsOf(operation, request);
  const values: Record<string, unknown> = {};
  for (const [name, schema] of operation.input.structIterator()) {
    const texts = boundTexts(name, schema.getMergedTraits(), { labels, request });
    if (texts.length === 0) continue;
    const item = schema.isListSchema() ? schema.getValueSchema() : schema;
    const parsed = texts.map((text) => readScalar(item, text, { where: name, code: "SerializationException" }));
    values[name] = schema.isListSchema() ? parsed : parsed[0];
  }
  return values;
}

function boundTexts(
  name: string,
  traits: Traits,
  from: { labels: Readonly<Record<string, string>>; request: WireRequest },
): string[] {
  if (traits.httpLabel) return from.labels[name] === undefined ? [] : [from.labels[name]];
  if (traits.httpQuery) return from.request.query.getAll(traits.httpQuery);
  const header = traits.httpHeader && from.request.header(traits.httpHeader.toLowerCase());
  return header === undefined || header === "" ? [] : [header];
}

/** Headers that carry members of an output. */
export function writeHeaders(schema: NormalizedSchema, output: object): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, member] of schema.structIterator()) {
    const header = member.getMergedTraits().httpHeader;
    const value = (output as Record<string, unknown>)[name];
    if (header && value !== undefined && value !== null) headers[header.toLowerCase()] = writeScalar(member, value);
  }
  return headers;
}

/** The member that is the whole body, where there is one. */
export function payloadMember(schema: NormalizedSchema): [string, NormalizedSchema] | undefined {
  for (const [name, member] of schema.structIterator()) {
    if (member.getMergedTraits().httpPayload) return [name, member];
  }
  return undefined;
}

const inBody = new WeakMap<object, NormalizedSchema>();

/** The structure without the members that go elsewhere. */
export function bodyMembers(schema: NormalizedSchema): NormalizedSchema {
  const raw = schema.getSchema() as [3, string, string, unknown, string[], unknown[]];
  let reduced = inBody.get(raw);
  if (!reduced) {
    const kept = [...schema.structIterator()]
      .map(([, member], index) => ({ member, index }))
      .filter(({ member }) => isInBody(member));
    const names = kept.map(({ index }) => raw[4][index]!);
    const members = kept.map(({ index }) => raw[5][index]!);
    reduced = NormalizedSchema.of([3, raw[1], raw[2], 0, names, members] as unknown as SchemaRef);
    inBody.set(raw, reduced);
  }
  return reduced;
}

function isInBody(member: NormalizedSchema): boolean {
  const traits = member.getMergedTraits();
  return !(
    traits.httpLabel ||
    traits.httpQuery ||
    traits.httpHeader ||
    traits.httpPayload ||
    traits.httpResponseCode ||
    traits.httpQueryParams ||
    traits.httpPrefixHeaders
  );
}
