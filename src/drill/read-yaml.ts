import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { DiagnosticList } from "./diagnostic.ts";
import type { TextRange } from "./expression-error.ts";
import { UNSAFE_KEYS } from "./json.ts";
import type { SourceEntry, SourceNode } from "./source-node.ts";

interface Reader {
  readonly text: string;
  readonly diagnostics: DiagnosticList;
}

/** YAML nodes as plain values with places. What has no place in a drill file is told and left out. */
export function toSourceNode(
  node: ParsedNode | null,
  text: string,
  diagnostics: DiagnosticList,
): SourceNode | undefined {
  return node ? readNode(node, { text, diagnostics }) : undefined;
}

function readNode(node: ParsedNode, reader: Reader): SourceNode | undefined {
  const range = rangeOf(node);
  if (isAlias(node)) {
    reader.diagnostics.error(range, { code: "yaml-alias", message: "YAML aliases are not allowed", hint: SPELL_OUT });
    return undefined;
  }
  refuseProperties(node, range, reader);
  if (isMap(node)) return readMap(node as YAMLMap.Parsed, range, reader);
  if (isSeq(node)) return readList(node as YAMLSeq.Parsed, range, reader);
  return readScalar(node as Scalar.Parsed, range, reader);
}

const SPELL_OUT = "write the value out where it is used";

/** Anchors and tags stand before the node, so they are looked for there. */
function refuseProperties(node: ParsedNode, range: TextRange, { text, diagnostics }: Reader): void {
  if (isAlias(node)) return;
  if (node.anchor !== undefined) {
    const place = before(text, range, /&\S*/gu);
    diagnostics.error(place, { code: "yaml-anchor", message: "YAML anchors are not allowed", hint: SPELL_OUT });
  }
  if (node.tag !== undefined) {
    const place = before(text, range, /!\S*/gu);
    const hint = "remove it; quote the value to make it a string";
    diagnostics.error(place, { code: "yaml-tag", message: "YAML tags are not allowed", hint });
  }
}

/** How far before a node its anchor or tag is looked for. */
const LOOK_BACK = 200;

/** The last mark on the line before the node; the node itself when its mark stands elsewhere. */
function before(text: string, node: TextRange, mark: RegExp): TextRange {
  const from = Math.max(text.lastIndexOf("\n", node.start - 1) + 1, node.start - LOOK_BACK);
  const found = [...text.slice(from, node.start).matchAll(mark)].at(-1);
  if (!found) return node;
  const start = from + found.index;
  return { start, end: start + found[0].length };
}

function readMap(node: YAMLMap.Parsed, range: TextRange, reader: Reader): SourceNode {
  const entries = new Map<string, SourceEntry>();
  for (const pair of node.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const key = readKey(pair, entries, reader);
    if (!key) continue;
    const place = { start: key.place.end, end: key.place.end };
    const value = pair.value ? readNode(pair.value, reader) : { value: null, range: place };
    if (value) entries.set(key.name, { key: key.place, node: value });
  }
  const value = Object.fromEntries([...entries].map(([name, entry]) => [name, entry.node.value]));
  return { value, range, entries };
}

function readKey(
  { key }: Pair<ParsedNode, ParsedNode | null>,
  entries: ReadonlyMap<string, SourceEntry>,
  { text, diagnostics }: Reader,
): { name: string; place: TextRange } | undefined {
  const place = rangeOf(key);
  if (!isScalar(key) || typeof key.value === "object") {
    const message = "a key must be a plain word";
    diagnostics.error(place, { code: "yaml-key", message, hint: "a value that starts with { or [ needs quotes" });
    return undefined;
  }
  refuseProperties(key, place, { text, diagnostics });
  const name = typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
  const earlier = entries.get(name);
  if (name === "<<") {
    diagnostics.error(place, { code: "yaml-merge", message: "YAML merge keys are not allowed", hint: SPELL_OUT });
  } else if (UNSAFE_KEYS.has(name)) {
    diagnostics.error(place, { code: "unsafe-key", message: `the key ${name} is not allowed`, hint: "rename it" });
  } else if (earlier) {
    const line = diagnostics.lineOf(earlier.key.start);
    diagnostics.error(place, {
      code: "duplicate-key",
      message: `the key ${name} is here twice`,
      hint: `see line ${line}`,
    });
  } else {
    return { name, place };
  }
  return undefined;
}

function readList(node: YAMLSeq.Parsed, range: TextRange, reader: Reader): SourceNode {
  const items = (node.items as (ParsedNode | Pair)[]).flatMap((item) => {
    const read = "range" in item && item.range ? readNode(item, reader) : undefined;
    return read ? [read] : [];
  });
  return { value: items.map(({ value }) => value), range, items };
}

function readScalar(node: Scalar.Parsed, range: TextRange, { text, diagnostics }: Reader): SourceNode {
  const { value } = node;
  if (typeof value === "number" && !(Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value))) {
    const message = `${text.slice(range.start, range.end)} is not a number that JSON can hold exactly`;
    diagnostics.error(range, { code: "number-too-large", message, hint: "quote it if it is a string" });
    return { value: 0, range };
  }
  if (typeof value !== "string") return { value, range };
  const quote = text[range.start] === '"' || text[range.start] === "'" ? 1 : 0;
  const at = range.start + quote;
  return text.startsWith(value, at) ? { value, range, verbatimAt: at } : { value, range };
}

function rangeOf(node: ParsedNode | null): TextRange {
  const [start, end] = node?.range ?? [0, 0];
  return { start, end };
}
