import type { ASTNode } from "@marcbachmann/cel-js";
import type { Refusal } from "./expression-paths.ts";

/** Nodes evaluated and parts touched: some seconds of work on a slow machine. */
const MOST_WORK = 50_000_000;
/** Characters and entries that may exist at once in one value on the way: some hundred megabytes at the very most. */
const MOST_WEIGHT = 4_000_000;
/** What a text function makes of a character at the most: three bytes in UTF-8, two characters of hex for a byte. */
const LARGEST_RECODING = 6;

/** An upper bound on a value: what it can be, not what it is. */
interface Size {
  /** Entries of a list or map, characters of a text. */
  readonly parts: number;
  /** All characters and entries in it, itself included. */
  readonly weight: number;
  /** The largest that one of its entries can be. */
  readonly item?: Size | undefined;
  /** Of a map whose keys are known. */
  readonly entries?: ReadonlyMap<string, Size>;
}

const SCALAR: Size = { parts: 1, weight: 1 };

/** What the names of an expression stand for, as CEL data, as far as it is known; a name that is not there counts as small. */
export type KnownValues = Readonly<Record<string, unknown>>;

/**
 * The place at which an expression could grow too large or take too long, by an upper bound that is counted before anything is
 * evaluated: literal data when the file is loaded, and what the names really hold in the run.
 */
export function refusedGrowth(ast: ASTNode, values: KnownValues): Refusal | undefined {
  const walk: Walk = { work: 0, refusal: undefined };
  bound(ast, { names: new Map(Object.entries(values).map(([name, value]) => [name, sizeOf(value)])), times: 1 }, walk);
  return walk.refusal;
}

/** What copies nothing. */
const READS = new Set(["value", "id", ".", ".?", "[]", "[?]"]);

interface Walk {
  work: number;
  refusal: Refusal | undefined;
}

interface Place {
  readonly names: ReadonlyMap<string, Size>;
  /** How often what stands here is evaluated: the product of the lists that loops go through. */
  readonly times: number;
}

function bound(node: ASTNode, place: Place, walk: Walk): Size {
  if (walk.refusal) return SCALAR;
  const size = sizeAt(node, place, walk);
  walk.work += place.times * (READS.has(node.op) ? 1 : 1 + size.weight);
  const [grown, most] = size.weight > MOST_WEIGHT ? [size.weight, MOST_WEIGHT] : [walk.work, MOST_WORK];
  if (grown > most && !walk.refusal) {
    walk.refusal = {
      code: "value-too-large",
      message: `this could grow to ${grown.toPrecision(3)} parts; at most ${most} are allowed`,
      hint: "make it from less data, or let a program do it (command.run)",
      range: { start: node.start, end: node.end },
    };
  }
  return size;
}

function sizeAt(node: ASTNode, place: Place, walk: Walk): Size {
  const at = (child: ASTNode) => bound(child, place, walk);
  switch (node.op) {
    case "value":
      return sizeOf(node.args);
    case "id":
      return place.names.get(node.args) ?? SCALAR;
    case ".":
    case ".?":
      return entryOf(at(node.args[0]), node.args[1]);
    case "[]":
    case "[?]": {
      const [, index] = node.args;
      const [collected = SCALAR] = node.args.map(at);
      return entryOf(collected, index.op === "value" ? index.args : undefined);
    }
    case "+":
      return sum(node.args.map(at));
    case "?:": {
      const [, yes, no] = node.args.map(at);
      return larger(yes ?? SCALAR, no ?? SCALAR);
    }
    case "list":
      return collection(node.args.map(at));
    case "map":
      return collection(node.args.flat().map(at));
    case "call": {
      const [name, parameters] = node.args;
      const given = parameters.map(at);
      return name === "dyn" ? (given[0] ?? SCALAR) : yieldOf(name, given);
    }
    case "rcall":
      return sizeOfCall(node, place, walk);
    case "!_":
    case "-_":
      at(node.args);
      return SCALAR;
    default: {
      const operands = node.args.map(at);
      // Lists and maps are compared entry by entry, texts at once.
      for (const { item, weight } of operands) if (item) walk.work += place.times * weight;
      return SCALAR;
    }
  }
}

function sizeOfCall(node: ASTNode & { op: "rcall" }, place: Place, walk: Walk): Size {
  const [name, receiver, parameters] = node.args;
  const list = bound(receiver, place, walk);
  const [variable, ...bodies] = parameters;
  if (variable?.op === "id" && bodies.length > 0 && LOOPS.has(name)) {
    const names = new Map([...place.names, [variable.args, list.item ?? entryOf(list)]]);
    const inside = bodies.map((body) => bound(body, { names, times: place.times * Math.max(1, list.parts) }, walk));
    if (name === "filter") return list;
    return name === "map" ? repeated(inside.at(-1) ?? SCALAR, list.parts) : SCALAR;
  }
  const given = parameters.map((parameter) => bound(parameter, place, walk));
  if (name === "split") return repeated({ parts: list.weight, weight: list.weight + 1 }, 1, list.weight + 1);
  if (name === "join") return { ...SCALAR, weight: list.weight + list.parts * (given[0]?.weight ?? 0) };
  return yieldOf(name, [list, ...given]);
}

/** Functions that yield one number, truth value or instant, whatever they are given. */
const YIELD_SCALARS = new Set(
  "size int uint double bool has startsWith endsWith contains indexOf lastIndexOf at".split(" "),
);

function yieldOf(name: string, given: readonly Size[]): Size {
  return YIELD_SCALARS.has(name) ? SCALAR : recoded(given);
}

const LOOPS = new Set(["map", "filter", "all", "exists", "exists_one"]);

/** A list of so many entries of at most this size; `parts` where its entries are more than what they weigh together allows. */
function repeated(item: Size, times: number, parts = times): Size {
  return { parts, weight: 1 + times * item.weight, item };
}

function collection(items: readonly Size[]): Size {
  return {
    parts: items.length,
    weight: 1 + items.reduce((total, { weight }) => total + weight, 0),
    item: items.reduce<Size | undefined>((most, item) => (most ? larger(most, item) : item), undefined),
  };
}

function sum(sizes: readonly Size[]): Size {
  const { item } = collection(sizes.flatMap((size) => size.item ?? []));
  return {
    parts: sizes.reduce((total, { parts }) => total + parts, 0),
    weight: sizes.reduce((total, { weight }) => total + weight, 0),
    item,
  };
}

function larger(one: Size, other: Size): Size {
  return {
    parts: Math.max(one.parts, other.parts),
    weight: Math.max(one.weight, other.weight),
    item: one.item && other.item ? larger(one.item, other.item) : (one.item ?? other.item),
  };
}

/** What a function that copies or recodes its arguments yields at the most. */
function recoded(given: readonly Size[]): Size {
  const { weight } = sum(given);
  return given.length === 0 ? SCALAR : { parts: LARGEST_RECODING * weight, weight: LARGEST_RECODING * weight };
}

/** An entry of a value of which nothing more is known is no larger than the value. */
function entryOf(size: Size, key?: unknown): Size {
  const { parts, weight } = size;
  return (typeof key === "string" ? size.entries?.get(key) : undefined) ?? size.item ?? { parts, weight };
}

function sizeOf(value: unknown): Size {
  if (typeof value === "string") return { parts: value.length, weight: 1 + value.length };
  if (Array.isArray(value)) return collection(value.map(sizeOf));
  if (!(value instanceof Map)) return SCALAR;
  const entries = new Map<string, Size>([...value].map(([key, item]) => [String(key), sizeOf(item)]));
  return { ...collection([...entries].map(([key, item]) => sum([item, sizeOf(key)]))), entries };
}
