import { formsOfSecret, readText, type Reading, type SecretForm } from "./secret-forms.ts";

export const REDACTED = "[redacted]";

/**
 * So much of a long secret in Base64 or hex is blanked wherever it stands by itself: tools wrap lines, and output comes in pieces. Less
 * than that could be any word. As much of the value itself is blanked where output was cut off in the middle of it.
 */
const SHORTEST_PIECE = 16;
/** Every run of SHORTEST_PIECE characters holds a whole key, wherever it begins. */
const KEY_LENGTH = 8;
const READINGS: readonly Reading[] = ["as it is", "without white space", "as hex digits"];

interface Occurrence {
  readonly form: string;
  readonly at: number;
  readonly inPieces: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The forms that are looked for in one reading. */
class Lookup {
  /** Where eight characters stand in a form; of one that is not looked for in pieces, the first eight. */
  readonly #keys = new Map<string, Occurrence[]>();
  readonly #short = new Set<string>();
  readonly #known = new Set<string>();

  add({ text: form, inPieces }: SecretForm): void {
    if (this.#known.has(form)) return;
    this.#known.add(form);
    if (form.length < KEY_LENGTH) this.#short.add(form);
    else if (!inPieces) this.#addKey({ form, at: 0, inPieces });
    else for (let at = 0; at + KEY_LENGTH <= form.length; at += KEY_LENGTH) this.#addKey({ form, at, inPieces });
  }

  #addKey(occurrence: Occurrence): void {
    const key = occurrence.form.slice(occurrence.at, occurrence.at + KEY_LENGTH);
    const others = this.#keys.get(key);
    if (others) others.push(occurrence);
    else this.#keys.set(key, [occurrence]);
  }

  /** Where secrets and pieces of them stand, in the order of the text. */
  rangesIn(text: string): readonly Range[] {
    const ranges: Range[] = [];
    for (const form of this.#short) {
      for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
        ranges.push({ start: at, end: at + form.length });
      }
    }
    for (let at = 0; at + KEY_LENGTH <= text.length; at++) {
      const found = this.#keys.get(text.slice(at, at + KEY_LENGTH));
      if (!found) continue;
      let end = at;
      for (const occurrence of found) {
        const range = around(text, at, occurrence);
        if (!range) continue;
        ranges.push(range);
        end = Math.max(end, range.end - KEY_LENGTH);
      }
      at = end;
    }
    return ranges;
  }
}

/** The longest run of a form through this place; undefined when it is too short to be told from a word. */
function around(text: string, place: number, { form, at, inPieces }: Occurrence): Range | undefined {
  let [start, from] = [place, at];
  while (from > 0 && text[start - 1] === form[from - 1]) [start, from] = [start - 1, from - 1];
  let [end, to] = [place + KEY_LENGTH, at + KEY_LENGTH];
  while (to < form.length && text[end] === form[to]) [end, to] = [end + 1, to + 1];
  const isPart = inPieces || end === text.length;
  return end - start >= (isPart ? Math.min(form.length, SHORTEST_PIECE) : form.length) ? { start, end } : undefined;
}

/** Replaces registered secret values in whatever is about to be written. Done before journaling: later would break the chain. */
export class Redaction {
  readonly #lookups = new Map<Reading, Lookup>(READINGS.map((reading) => [reading, new Lookup()]));
  #empty = true;

  get isEmpty(): boolean {
    return this.#empty;
  }

  /** Registers a value and the forms it might be printed in; shorter ones than four characters are left out. */
  add(value: string): void {
    for (const form of formsOfSecret(value)) {
      this.#lookups.get(form.reading)!.add(form);
      this.#empty = false;
    }
  }

  text(text: string): string {
    const ranges: Range[] = [];
    for (const [reading, lookup] of this.#lookups) {
      const { text: read, places } = readText(text, reading);
      for (const { start, end } of lookup.rangesIn(read)) {
        ranges.push(places ? { start: places[start]!, end: places[end - 1]! + 1 } : { start, end });
      }
    }
    return blanked(text, ranges);
  }
}

function blanked(text: string, ranges: readonly Range[]): string {
  let clean = "";
  let done = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (start >= done) clean += `${text.slice(done, start)}${REDACTED}`;
    done = Math.max(done, end);
  }
  return clean + text.slice(done);
}
