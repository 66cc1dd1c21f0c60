import type { TextRange } from "./expression-error.ts";

/** A part of a drill file: a plain value, and where each part of it stands in the text. */
export interface SourceNode {
  /** JSON data: what the YAML means. */
  readonly value: unknown;
  readonly range: TextRange;
  /** Of a map. */
  readonly entries?: ReadonlyMap<string, SourceEntry>;
  /** Of a list. */
  readonly items?: readonly SourceNode[];
  /** Of a string that stands in the file letter by letter: the offset of its first one. */
  readonly verbatimAt?: number;
}

export interface SourceEntry {
  readonly key: TextRange;
  readonly node: SourceNode;
}

export type SourcePath = readonly PropertyKey[];

/** The node at a path, or the nearest one above it that exists. */
export function nodeAt(root: SourceNode, path: SourcePath): SourceNode {
  let node = root;
  for (const step of path) {
    const next = childOf(node, step);
    if (!next) return node;
    node = next;
  }
  return node;
}

/** Where to point for the value at a path: the key that should hold it when it is a map, a list or missing. */
export function placeOf(root: SourceNode, path: SourcePath): TextRange {
  let place = firstLine(root);
  let node = root;
  for (const step of path) {
    const next = childOf(node, step);
    if (!next) return place;
    const key = node.entries?.get(String(step))?.key;
    place = next.entries || next.items ? (key ?? firstLine(next)) : next.range;
    node = next;
  }
  return place;
}

/** The key of the entry at a path; the place of its value when it is not an entry of a map. */
export function keyOf(root: SourceNode, path: SourcePath): TextRange {
  const parent = nodeAt(root, path.slice(0, -1));
  return parent.entries?.get(String(path.at(-1)))?.key ?? placeOf(root, path);
}

export function childOf(node: SourceNode, step: PropertyKey): SourceNode | undefined {
  if (node.items) return typeof step === "number" ? node.items[step] : undefined;
  return node.entries?.get(String(step))?.node;
}

/** A part of a string value as a range of the file; the whole scalar where letters are escaped or folded. */
export function rangeInside(node: SourceNode, range: TextRange): TextRange {
  if (node.verbatimAt === undefined) return node.range;
  return { start: node.verbatimAt + range.start, end: node.verbatimAt + range.end };
}

function firstLine(node: SourceNode): TextRange {
  const firstKey = node.entries?.values().next().value?.key;
  return firstKey ?? node.items?.[0]?.range ?? node.range;
}
