const REDACTED = "[redacted]";
/** Shorter values would blank out ordinary text wherever they happen to occur. */
const SHORTEST_SECRET = 4;

/** Replaces registered secret values in whatever is about to be written. Done before journaling: later would break the chain. */
export class Redaction {
  readonly #secrets = new Set<string>();

  /** Registers a value, its lines, and the Base64 and URL forms it might be printed in. */
  add(value: string): void {
    const forms = [
      value,
      ...value.split("\n"),
      encodeURIComponent(value),
      ...base64Forms(value),
      JSON.stringify(value).slice(1, -1),
    ];
    for (const form of forms) if (form.length >= SHORTEST_SECRET) this.#secrets.add(form);
  }

  text(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, REDACTED);
    return clean;
  }

  /** A copy of JSON data in which no string, and no key, holds a secret. */
  data<T>(data: T): T {
    return this.#secrets.size === 0 ? data : (this.#clean(data) as T);
  }

  #clean(data: unknown): unknown {
    if (typeof data === "string") return this.text(data);
    if (Array.isArray(data)) return data.map((item) => this.#clean(item));
    if (typeof data !== "object" || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [this.text(key), this.#clean(value)]));
  }
}

function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [bytes.toString("base64"), bytes.toString("base64url")];
}
