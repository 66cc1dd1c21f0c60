const REDACTED = "[redacted]";
/** Shorter values would blank out ordinary text wherever they happen to occur. */
const SHORTEST_SECRET = 4;
/** Base64 characters: eight are six bytes. */
const SHORTEST_MIDDLE = 8;

/** Replaces registered secret values in whatever is about to be written. Done before journaling: later would break the chain. */
export class Redaction {
  /** The longest first: a secret may begin another one. */
  #secrets: readonly string[] = [];

  /** Registers a value, its lines, and the Base64, URL and JSON forms it might be printed in. */
  add(value: string): void {
    const forms = [
      value,
      ...value.split("\n"),
      ...urlForms(value),
      ...base64Forms(value),
      JSON.stringify(value).slice(1, -1),
    ];
    const added = forms.filter((form) => form.length >= SHORTEST_SECRET);
    this.#secrets = [...new Set([...this.#secrets, ...added])].toSorted((a, b) => b.length - a.length);
  }

  text(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, REDACTED);
    return clean;
  }

  /** A copy of JSON data in which no string, and no key, holds a secret. */
  data<T>(data: T): T {
    return this.#secrets.length === 0 ? data : (this.#clean(data) as T);
  }

  #clean(data: unknown): unknown {
    if (typeof data === "string") return this.text(data);
    if (Array.isArray(data)) return data.map((item) => this.#clean(item));
    if (typeof data !== "object" || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [this.text(key), this.#clean(value)]));
  }
}

function urlForms(value: string): string[] {
  const escaped = encodeURIComponent(value);
  return [escaped, escaped.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()), escaped.replaceAll("%20", "+")];
}

/** Base64 depends on where in a longer text the value stands: `user:password` of a header holds the password's middle, three ways. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const inside = [0, 1, 2].flatMap((shift) => base64Middle(bytes, shift));
  return [bytes.toString("base64"), bytes.toString("base64url"), ...inside];
}

/** The characters that are the value's alone when `shift` (modulo 3) bytes stand before it, and others after it. */
function base64Middle(bytes: Buffer, shift: number): string[] {
  const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
  const [from, to] = [Math.ceil((shift * 8) / 6), Math.floor((shifted.length * 8) / 6)];
  if (to - from < SHORTEST_MIDDLE) return [];
  return [shifted.toString("base64").slice(from, to), shifted.toString("base64url").slice(from, to)];
}
