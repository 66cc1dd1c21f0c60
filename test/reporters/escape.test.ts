import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable } from "../../src/drill/printable.ts";
import { codeSpan, escapeMarkdown, ganttLine, ganttName } from "../../src/reporters/markdown/escape.ts";
import { HOSTILE } from "../evidence/hostile.ts";

/** Text made to hit Markdown: its own signs, control and bidirectional characters, and whatever else there is. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."`|[]()<>!*_~$#&@:/\\.-+=\n\r\t \u001b\u202e\u200b;,{}%'\"0a"),
      fc.constantFrom("http://", "www.", "javascript:", "![", "](", "```", "&#64;", "<!--", "1. ", "---"),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

const examples = Object.values(HOSTILE).map((text): [string] => [text]);

/** One escape, one entity, or one bare character. */
const TOKEN = /\\[\\`*_[\]|~$#+\-=.)]|&(?:#\d+|amp|lt|gt);|./gsu;

describe("escaped Markdown", () => {
  it("shows exactly the text, printable and on one line", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(shown(escapeMarkdown(text))).toBe(printable(text.replace(/\s*[\r\n]+\s*/g, " ").trim()));
      }),
      { examples },
    );
  });

  it("leaves no sign bare that begins markup, a link, a mention, HTML or a table cell", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const bare = tokens(escapeMarkdown(text)).filter((token) => token.length === 1);
        expect(bare.filter((char) => /[`|[\]<>*~$@\\&\n\r]/.test(char))).toEqual([]);
      }),
      { examples },
    );
  });

  it("leaves no URL, scheme or control character that a renderer could pick up", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(escapeMarkdown(text)).not.toMatch(
          /:\/\/|www\.|(?:javascript|data|vbscript|mailto):|\p{Cc}|[\u202a-\u202e\u2066-\u2069]/iu,
        );
      }),
      { examples },
    );
  });

  it("begins no block at the start of a line", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(escapeMarkdown(text)).not.toMatch(/^(?:#|>|[+-](?:\s|$)|\d+[.)](?:\s|$)|---|===|```|\s)/);
      }),
      { examples },
    );
  });

  it("leaves ordinary words and figures as they are", () => {
    const text = "copy_snapshot of 8.0s, -3m 20s: 2 of 14 files (1,200 bytes) in us-west-2a; 100% done - see #4";
    expect(escapeMarkdown(text)).toBe(text);
  });
});

describe("inline code", () => {
  it("shows exactly the text and cannot be left", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const span = codeSpan(text);
        const line = printable(text.replace(/\s*[\r\n]+\s*/g, " ").trim());
        expect(span).not.toMatch(/[\n|]/);
        if (span.startsWith("<code>")) {
          expect(decoded(span.slice(6, -7))).toBe(line);
          expect(span.slice(6, -7)).not.toMatch(/[<>`*_[\]\\~$@:]/);
        } else expect(span).toBe(line === "" ? "" : `\`${line}\``);
      }),
      { examples },
    );
  });
});

describe("Mermaid", () => {
  it("gets names of letters, digits and harmless signs only", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(ganttName(text)).toMatch(/^[\p{L}\p{N}._()/-][\p{L}\p{N} ._()/-]{0,59}$/u);
      }),
      { examples },
    );
  });

  it("gets lines that end neither themselves nor the fence", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(ganttLine(text)).not.toMatch(/[\n`;#{}<>"']/);
      }),
      { examples },
    );
  });
});

function tokens(markdown: string): readonly string[] {
  return markdown.match(TOKEN) ?? [];
}

/** What CommonMark shows of escaped text. */
function shown(markdown: string): string {
  return tokens(markdown)
    .map((token) => (token.length > 1 && token.startsWith("\\") ? token.slice(1) : decoded(token)))
    .join("");
}

function decoded(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&");
}
