import type { Problem } from "./diagnostic.ts";
import type { TextRange } from "./expression-error.ts";

/** The largest drill file, in bytes. Checked before anything is parsed. */
export const LARGEST_DRILL = 65_536;

export interface SourceText {
  /** Without a byte order mark. What could not be decoded is U+FFFD. */
  readonly text: string;
  readonly problems: readonly { readonly range: TextRange; readonly problem: Problem }[];
}

/** The text of a drill file, and what makes it unfit to be parsed: size, encoding, characters that must not be in it. */
export function decodeSource(bytes: Uint8Array): SourceText {
  if (bytes.byteLength > LARGEST_DRILL) return refusedText(isBinary(bytes) ? BINARY : TOO_LARGE);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return refusedText(UTF16);
  const text = new TextDecoder("utf-8").decode(bytes);
  const invalidAt = firstInvalid(bytes, text);
  if (invalidAt !== undefined && isBinary(bytes)) return refusedText(BINARY);
  if (invalidAt !== undefined) {
    return { text, problems: [{ range: { start: invalidAt, end: invalidAt + 1 }, problem: NOT_UTF8 }] };
  }
  return { text, problems: forbiddenCharacters(text) };
}

function refusedText(problem: Problem): SourceText {
  return { text: "", problems: [{ range: { start: 0, end: 0 }, problem }] };
}

/** Text holds no NUL byte. */
function isBinary(bytes: Uint8Array): boolean {
  return bytes.includes(0);
}

const BINARY: Problem = {
  code: "not-text",
  message: "this is a binary file",
  hint: "a drill file is YAML, which is plain text",
};

const TOO_LARGE: Problem = {
  code: "file-too-large",
  message: "the file has more than 65,536 bytes (64 KiB)",
  hint: "split it into several drills",
};

const UTF16: Problem = {
  code: "not-utf8",
  message: "the file is encoded as UTF-16",
  hint: "save it as UTF-8",
};

const NOT_UTF8: Problem = { code: "not-utf8", message: "the file is not UTF-8 from here on", hint: "save it as UTF-8" };

/** The UTF-16 offset in `text` of the first byte that is not UTF-8. */
function firstInvalid(bytes: Uint8Array, text: string): number | undefined {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    const again = new TextEncoder().encode(text);
    let same = 0;
    while (same < again.length && again[same] === bytes[same + bom]) same++;
    return new TextDecoder("utf-8").decode(again.slice(0, same)).replace(/\ufffd$/u, "").length;
  }
}

/** Control characters that YAML forbids, and bidirectional ones, which make a file read differently than it runs. */
const FORBIDDEN = /(?![\t\n\r\u0085])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

/** How many of them are told: more say nothing new. */
const MOST_TOLD = 20;

function forbiddenCharacters(text: string): SourceText["problems"] {
  return [...text.matchAll(FORBIDDEN)].slice(0, MOST_TOLD).map(({ index, 0: char }) => ({
    range: { start: index, end: index + char.length },
    problem: forbiddenCharacter(char),
  }));
}

function forbiddenCharacter(char: string): Problem {
  const name = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  if (char >= "\u202a") {
    const hint = "remove it: it can make the file read differently than it runs";
    return { code: "forbidden-character", message: `${name} is a bidirectional control character`, hint };
  }
  const what = char === "\0" ? "a NUL" : `the control character ${name}`;
  return {
    code: "forbidden-character",
    message: `the file holds ${what}`,
    hint: "a drill file is plain text: remove it",
  };
}
