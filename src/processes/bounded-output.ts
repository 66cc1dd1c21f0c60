/** Keeps the first bytes of an output and counts the rest away. */
export class BoundedOutput {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #truncated = false;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  readonly add = (chunk: Buffer): void => {
    const room = this.#limit - this.#kept;
    if (chunk.length > room) this.#truncated = true;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    this.#chunks.push(part);
    this.#kept += part.length;
  };

  get truncated(): boolean {
    return this.#truncated;
  }

  /** UTF-8; a character that the limit has cut in two is left out. */
  text(): string {
    const text = Buffer.concat(this.#chunks).toString("utf8");
    return this.#truncated ? text.replace(/\uFFFD+$/u, "") : text;
  }
}
