import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut: no program we run writes one on purpose. */
const LONGEST_LINE = 1024 * 1024;

/** Puts chunks of UTF-8 together to lines. Bounded: a line without an end cannot fill the memory. */
export class Lines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(chunk: Buffer): void {
    const parts = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = (parts.pop() ?? "").slice(0, LONGEST_LINE);
    for (const part of parts) this.#emit(part);
  }

  /** The last line may lack its line feed. */
  end(): void {
    this.#emit(this.#rest + this.#decoder.end());
    this.#rest = "";
  }

  #emit(line: string): void {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (text !== "") this.#onLine(text.slice(0, LONGEST_LINE));
  }
}
