/** How a text has to be read before a form can be seen in it. */
export type Reading = "as it is" | "without white space" | "as hex digits";

/** One way to write a secret down. */
export interface SecretForm {
  readonly text: string;
  readonly reading: Reading;
  /** Whether a part of it is told from ordinary text: of Base64 and hex, not of the value as it is, which may hold a host's name. */
  readonly inPieces: boolean;
}

/** Shorter ones would be found across the ends of ordinary words. */
const SHORTEST_WRAPPED = 8;
/** Shorter values would blank out ordinary text wherever they happen to occur. */
const SHORTEST_SECRET = 4;

/** The value, its lines, and how it looks in a URL, in JSON, in Base64 (wherever it stands in a longer text) and in hex. */
export function formsOfSecret(value: string): readonly SecretForm[] {
  if (value.length < SHORTEST_SECRET) return [];
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  const plain = [...new Set([value, ...urlForms(value), ...jsonForms(value)])];
  const dense = plain.map((text) => joined(text).text);
  const encoded = [...base64Forms(bytes), hex, hex.toUpperCase()];
  const forms = (reading: Reading, inPieces: boolean, texts: readonly string[]) =>
    texts.map((text): SecretForm => ({ text, reading, inPieces }));
  return [
    ...forms("as it is", false, [...plain, ...value.split("\n").filter(({ length }) => length >= SHORTEST_SECRET)]),
    ...forms(
      "without white space",
      false,
      dense.filter(({ length }) => length >= SHORTEST_WRAPPED),
    ),
    ...forms(
      "without white space",
      true,
      encoded.filter(({ length }) => length >= SHORTEST_WRAPPED),
    ),
    ...forms("as hex digits", true, [hex]),
  ];
}

/** As JavaScript, Python (which leaves `/` as it is), Go and AWS (which leave no mark but `-_.~`) and forms of HTML (`*-_.`) escape it. */
function urlForms(value: string): string[] {
  const escaped = encodeURIComponent(value);
  const strict = escaped.replace(/[!'()*]/g, percentEncoded);
  const percent = [escaped, strict, strict.replaceAll("%2F", "/")];
  const forms = [
    ...percent,
    ...percent.map((text) => text.replaceAll("%20", "+")),
    strict.replaceAll("%20", "+").replaceAll("%2A", "*").replaceAll("~", "%7E"),
  ];
  return forms.flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** What writers of JSON escape besides what they must: Go (and so Terraform), Gson, .NET, and those that write ASCII only (Python). */
const ESCAPED_IN_JSON = [/[<>&\u2028\u2029]/g, /[<>&='\u2028\u2029]/g, /[<>&'+`\u007f-\uffff]/g, /[\u007f-\uffff]/g];

function jsonForms(value: string): string[] {
  const least = JSON.stringify(value).slice(1, -1);
  const escaped = ESCAPED_IN_JSON.flatMap((characters) => [
    least.replace(characters, codeUnit),
    least.replace(characters, (character) => codeUnit(character).toUpperCase().replace("U", "u")),
  ]);
  const forms = [least, ...escaped];
  // .NET writes the quotation mark as a number, PHP the slash with a backslash.
  return [
    ...forms,
    ...forms.map((text) => text.replaceAll(String.raw`\"`, String.raw`\u0022`)),
    ...forms.map(withSlashes),
  ];
}

function codeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function withSlashes(text: string): string {
  return text.replaceAll("/", String.raw`\/`);
}

/** Base64 depends on where in a longer text the value stands: `user:password` of a header holds the password's middle, three ways. */
function base64Forms(bytes: Buffer): string[] {
  const inside = [0, 1, 2].flatMap((shift) => base64Middle(bytes, shift));
  return [bytes.toString("base64"), bytes.toString("base64url"), ...inside];
}

/** The characters that are the value's alone when `shift` (modulo 3) bytes stand before it, and others after it. */
function base64Middle(bytes: Buffer, shift: number): string[] {
  const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
  const [from, to] = [Math.ceil((shift * 8) / 6), Math.floor((shifted.length * 8) / 6)];
  return [shifted.toString("base64").slice(from, to), shifted.toString("base64url").slice(from, to)];
}

/** A text as a form is looked for in it, and where each of its characters stands in the text itself. */
export interface ReadText {
  readonly text: string;
  /** Index in the original of each character; the identity when it is absent. */
  readonly places?: readonly number[];
}

export function readText(text: string, reading: Reading): ReadText {
  if (reading === "as it is") return { text };
  return reading === "without white space" ? joined(text) : hexDigits(text);
}

/**
 * Line breaks also as JSON and shells write them: a program may have escaped what another one has wrapped. An escape
 * that the secret itself holds (`C:\temp`) goes too, in the form as in the text, so that a break may stand within it.
 */
function joined(text: string): ReadText {
  const places: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (/\s/.test(character)) continue;
    if (text[places.at(-1) ?? -1] === "\\" && /[nrt]/.test(character)) places.pop();
    else places.push(index);
  }
  return { text: places.map((place) => text[place]).join(""), places };
}

/** Bytes in hex, each by itself or many together, marked as such or not: `67`, `6769`, `0x67`, `\x67`, `%67`, `=67`. */
const HEX_BYTES = /(?<!\w)(?:0x|\\x|%|=)?((?:[0-9a-fA-F]{2})+)(?!\w)|(?:\\x|%|=)([0-9a-fA-F]{2})/g;
/** Where in the data a line of a dump stands. */
const HEX_OFFSET = /^\s*[0-9a-fA-F]{6,16}:?\s+\S/;

/** Runs of hex digits in pairs, however they are separated: of xxd, hexdump -C and od -tx1 without their offsets and margins. */
function hexDigits(text: string): ReadText {
  return kept(text, /[^\n]+/g, (line) => {
    const tokens = [...line[0].matchAll(HEX_BYTES)].map((token) => {
      const digits = token[1] ?? token[2] ?? "";
      return { at: token.index + token[0].length - digits.length, text: digits.toLowerCase() };
    });
    const data = HEX_OFFSET.test(line[0]) && tokens[0]?.at === line[0].search(/\S/) ? tokens.slice(1) : tokens;
    return data.map(({ at, text: digits }) => ({ at: line.index + at, text: digits }));
  });
}

interface Piece {
  readonly at: number;
  readonly text: string;
}

function kept(text: string, pattern: RegExp, piecesOf: (match: RegExpExecArray) => readonly Piece[]): ReadText {
  const places: number[] = [];
  let read = "";
  for (const match of text.matchAll(pattern)) {
    for (const piece of piecesOf(match)) {
      for (let index = 0; index < piece.text.length; index++) places.push(piece.at + index);
      read += piece.text;
    }
  }
  return { text: read, places };
}
