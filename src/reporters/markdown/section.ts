import { bounded } from "../bounded.ts";
import { counted } from "../wording.ts";
import type { Section } from "./view-model.ts";

/** The first `most` rows of a list; `noun` names what is left out. */
export function sectionOf<T, Row>(
  all: readonly T[],
  of: { most: number; noun: string; row(one: T): Row },
): Section<Row> {
  const { shown, hidden } = bounded(all, of.most);
  return { rows: shown.map(of.row), omitted: omission(hidden, of.noun) };
}

export function omission(hidden: number, noun: string): string {
  return hidden === 0 ? "" : `${counted(hidden, `further ${noun}`)} not listed here; the journal has all of them.`;
}
