import { ExpressionError } from "./expression-error.ts";

/** A part of a string that may hold `${{ }}` expressions. `start` is the UTF-16 offset of `source` in the whole string. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "expression"; readonly source: string; readonly start: number };

export const OPENING = "${{";
const CLOSING = "}}";

/** The longest expression, in UTF-16 units. */
export const LONGEST_EXPRESSION = 4_096;

export function holdsExpression(text: string): boolean {
  return text.includes(OPENING);
}

/** @throws ExpressionError when an expression is empty, too long or not closed. */
export function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  while (at < template.length) {
    const opening = template.indexOf(OPENING, at);
    const textEnd = opening === -1 ? template.length : opening;
    if (textEnd > at) parts.push({ kind: "text", text: template.slice(at, textEnd) });
    if (opening === -1) break;
    const end = closingOf(template, opening + OPENING.length);
    parts.push(expressionPart(template, opening, end));
    at = end + CLOSING.length;
  }
  return parts;
}

/** The whole string as one expression: for `if`, where the `${{ }}` may be left out. */
export function parseBareExpression(text: string): TemplatePart & { kind: "expression" } {
  const trimmed = text.trim();
  const start = text.indexOf(trimmed);
  if (trimmed === "") throw syntaxError(text, { start: 0, end: text.length }, "the expression is empty");
  checkLength(text, start, start + trimmed.length);
  return { kind: "expression", source: trimmed, start };
}

function expressionPart(template: string, opening: number, end: number): TemplatePart {
  const inner = template.slice(opening + OPENING.length, end);
  const source = inner.trim();
  const start = opening + OPENING.length + (inner.length - inner.trimStart().length);
  if (source === "") {
    throw syntaxError(template, { start: opening, end: end + CLOSING.length }, "the expression is empty");
  }
  checkLength(template, start, start + source.length);
  return { kind: "expression", source, start };
}

function checkLength(template: string, start: number, end: number): void {
  if (end - start <= LONGEST_EXPRESSION) return;
  throw new ExpressionError({
    code: "expression-too-long",
    message: `the expression has ${end - start} characters; at most ${LONGEST_EXPRESSION} are allowed`,
    template,
    range: { start, end },
  });
}

/** The offset of the `}}` that ends the expression: not one inside a CEL string or a map literal. */
function closingOf(template: string, from: number): number {
  let depth = 0;
  for (let at = from; at < template.length; at++) {
    const char = template[at];
    if (char === '"' || char === "'") at = stringEnd(template, at) - 1;
    else if (char === "{") depth++;
    else if (char === "}" && depth > 0) depth--;
    else if (char === "}" && template[at + 1] === "}") return at;
  }
  const opening = from - OPENING.length;
  throw syntaxError(template, { start: opening, end: from }, "this ${{ has no closing }}");
}

/** The offset after the CEL string literal that starts at `at`; the end of the text when it is not closed. */
function stringEnd(text: string, at: number): number {
  const quote = text[at] ?? "";
  const delimiter = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  const raw = /(?:^|[^\p{ID_Continue}])(?:r|R|[rR][bB]|[bB][rR])$/u.test(text.slice(Math.max(0, at - 3), at));
  for (let i = at + delimiter.length; i < text.length; i++) {
    if (text[i] === "\\" && !raw) i++;
    else if (text.startsWith(delimiter, i)) return i + delimiter.length;
  }
  return text.length;
}

function syntaxError(template: string, range: { start: number; end: number }, message: string): ExpressionError {
  return new ExpressionError({ code: "expression-syntax", message, template, range });
}
