import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Redaction } from "../../src/engine/redaction.ts";
import { formsOf, secretsIn } from "../security/secret-forms.ts";

/** Ways in which a program may write bytes down; each also wrapped, and cut into pieces. */
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  url: encodeURIComponent,
  json: (text) => JSON.stringify(text),
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  HEX: (text) => Buffer.from(text).toString("hex").toUpperCase(),
  "od -tx1": (text) => dump(text, 7, ""),
  "hexdump -C": (text) => dump(text, 8, "  |margin|"),
  xxd: (text) => dump(text, 8, "  margin", ":"),
  "0x67, 0x69": (text) =>
    pairs(text)
      .map((pair) => `0x${pair}`)
      .join(", "),
  "\\x67\\x69": (text) =>
    pairs(text)
      .map((pair) => `\\x${pair}`)
      .join(""),
  "67:69": (text) => pairs(text).join(":"),
};

/** Those that tools wrap anywhere. */
const WRAPPABLE = new Set(["plain", "url", "json", "base64", "base64url", "hex", "HEX"]);

const pairs = (text: string) => [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, "0"));

function dump(text: string, digits: number, margin: string, colon = ""): string {
  const bytes = pairs(text);
  const lines = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) =>
    bytes.slice(16 * line, 16 * line + 16),
  );
  return lines
    .map((line, at) => `${(16 * at).toString(16).padStart(digits, "0")}${colon} ${line.join(" ")}${margin}`)
    .join("\n");
}

const codeUnit = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
const CODE_UNIT = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`;
const strict = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

const wrappedAt = (text: string, width: number, separator: string) =>
  text.match(new RegExp(`[^]{1,${width}}`, "g"))?.join(separator) ?? "";

/** Without white space and line breaks, also as shells and JSON write them; what that brings together is taken out, too. */
function joined(text: string): string {
  const shorter = text.replace(/\\[nrt]|\s/g, "");
  return shorter === text ? text : joined(shorter);
}

/** Shorter ones are not told from ordinary words in what was wrapped. */
const SHORTEST_WRAPPED = 8;

/** What remains of a secret in a text that was to lose it: its hex digits, or a form of it as it is or wrapped. */
function remains(text: string, secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const digits = text
    .toLowerCase()
    .replace(/\\x|0x/g, "")
    .replace(/[^0-9a-f]/g, "");
  const [line, backwards] = [joined(text), [...secret].toReversed().join("")];
  const forms = formsOf(secret).filter((form) => form !== backwards);
  return [
    ...(digits.includes(bytes.toString("hex")) ? ["hex digits"] : []),
    ...forms.filter((form) => text.includes(form)),
    ...forms.filter((form) => joined(form).length >= SHORTEST_WRAPPED && line.includes(joined(form))),
  ];
}

describe("redaction", () => {
  const secrets = fc.oneof(
    fc.string({ minLength: 12, maxLength: 120, unit: fc.constantFrom(..."abcdefXYZ0123456789_-/+=") }),
    fc.string({ minLength: 12, maxLength: 40 }).filter((text) => text.trim().length >= 12),
    fc.string({ minLength: 12, maxLength: 40, unit: fc.constantFrom(..."\\\\\\nrtx0a'\"%") }),
  );

  it("finds a secret wherever it stands in Base64, in a URL and in JSON", () => {
    fc.assert(
      fc.property(secrets, fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (value, before, after) => {
        const redaction = new Redaction();
        redaction.add(value);
        const text = `${before}${value}${after}`;
        const told = [
          text,
          encodeURIComponent(text),
          JSON.stringify(text),
          ...["base64", "base64url"].map((form) => Buffer.from(text).toString(form as "base64")),
        ];
        for (const one of told) expect(secretsIn(redaction.text(one), { value }, one)).toEqual([]);
      }),
    );
  });

  it.each<readonly [string, (text: string) => string]>([
    ["Go and Terraform", (text) => JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, codeUnit)],
    ["Python", (text) => JSON.stringify(text).replace(/[\u007f-\uffff]/g, codeUnit)],
    [
      "PHP",
      (text) =>
        JSON.stringify(text)
          .replace(/[\u007f-\uffff]/g, codeUnit)
          .replaceAll("/", "\\/"),
    ],
    ["Gson", (text) => JSON.stringify(text).replace(/[<>&='\u2028\u2029]/g, codeUnit)],
    [
      ".NET",
      (text) =>
        JSON.stringify(text)
          .replaceAll('\\"', "\\u0022")
          .replace(/[<>&'+`\u007f-\uffff]/g, CODE_UNIT),
    ],
    ["a URL of Python's", (text) => strict(text).replaceAll("%2F", "/")],
    ["a URL of Go's and AWS's", strict],
    ["a form", (text) => new URLSearchParams({ text }).toString()],
  ])("finds it as %s escapes it", (_, escape) => {
    const unit = fc.constantFrom(..."ab09<>&='+`\"/!*()~ %ä\u2028€");
    fc.assert(
      fc.property(fc.string({ minLength: 12, maxLength: 40, unit }), (value) => {
        const redaction = new Redaction();
        redaction.add(value);
        expect(redaction.text(`before ${escape(`.${value}.`)} after`)).toBe(
          `before ${escape(".SECRET.").replace("SECRET", "[redacted]")} after`,
        );
      }),
    );
  });

  it("finds it in every encoding, on one line or wrapped as tools wrap them", () => {
    const encoding = fc.constantFrom(...Object.keys(ENCODINGS));
    const wrap = fc.record({
      width: fc.integer({ min: 16, max: 80 }),
      separator: fc.constantFrom("\n", "\r\n", "\n    ", "\\n", "\\r\\n", "\\n\\t"),
    });
    fc.assert(
      fc.property(secrets, encoding, fc.option(wrap), fc.nat(8), (value, name, wrapping, before) => {
        const redaction = new Redaction();
        redaction.add(value);
        const encoded = ENCODINGS[name]!(`${"p".repeat(before)}${value}`);
        const text = wrapping && WRAPPABLE.has(name) ? wrappedAt(encoded, wrapping.width, wrapping.separator) : encoded;
        expect(remains(redaction.text(`before ${text} after`), value)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds the pieces of a long one that comes in several", () => {
    const long = fc.string({ minLength: 40, maxLength: 120, unit: fc.constantFrom(..."abcdefXYZ0123456789_-") });
    fc.assert(
      fc.property(long, fc.constantFrom("base64", "hex"), fc.integer({ min: 16, max: 60 }), (value, name, width) => {
        const redaction = new Redaction();
        redaction.add(value);
        const pieces = wrappedAt(ENCODINGS[name]!(value), width, "\0").split("\0");
        for (const piece of pieces.filter(({ length }) => length >= 16))
          expect(redaction.text(piece)).toBe("[redacted]");
      }),
    );
  });
});
