import { Composer, Parser } from "yaml";
import type { CST, Document } from "yaml";
import type { DiagnosticList } from "./diagnostic.ts";
import { DEEPEST_NESTING, tooDeepAt } from "./nesting.ts";
import { toSourceNode } from "./read-yaml.ts";
import type { SourceNode } from "./source-node.ts";

/**
 * Parses the YAML of a drill file: one document of plain data. Aliases, anchors, tags, merge keys and directives are refused;
 * they buy a drill nothing and cost its reader much. Undefined when there is nothing to check further.
 */
export function parseSource(text: string, diagnostics: DiagnosticList): SourceNode | undefined {
  const tokens = [...new Parser().parse(text)];
  if (!acceptTokens(tokens, diagnostics)) return undefined;
  const documents = [...new Composer(COMPOSE_OPTIONS).compose(tokens, true, text.length)];
  const document = documents[0];
  if (!document || !acceptDocument(document, text, diagnostics)) return undefined;
  const node = toSourceNode(document.contents, text, diagnostics);
  if (node && node.value !== null) return node;
  diagnostics.error({ start: 0, end: 0 }, { code: "empty-file", message: "the drill file is empty", hint: START_HINT });
  return undefined;
}

const START_HINT = "gameday init NAME writes a drill to start from";

const COMPOSE_OPTIONS = {
  version: "1.2",
  schema: "core",
  merge: false,
  // Looked for while reading the nodes, in linear time.
  uniqueKeys: false,
  prettyErrors: false,
  stringKeys: false,
} as const;

function acceptTokens(tokens: readonly CST.Token[], diagnostics: DiagnosticList): boolean {
  const documents = tokens.filter((token) => token.type === "document");
  const second = documents[1];
  if (second) {
    const message = "the file holds more than one YAML document";
    const range = { start: second.offset, end: second.offset + 3 };
    diagnostics.error(range, { code: "yaml-documents", message, hint: "one drill a file: remove the ---" });
  }
  const directive = tokens.find((token) => token.type === "directive");
  if (directive) {
    const range = { start: directive.offset, end: directive.offset + directive.source.length };
    diagnostics.error(range, { code: "yaml-directive", message: "YAML directives are not allowed", hint: "remove it" });
  }
  const deep = tooDeepAt(tokens);
  if (deep !== undefined) {
    const message = `nested more than ${DEEPEST_NESTING} levels deep`;
    diagnostics.error({ start: deep, end: deep + 1 }, { code: "nested-too-deep", message });
  }
  return deep === undefined && !second && !directive;
}

/** Syntax errors hide what follows them, so nothing else is told with them. */
function acceptDocument({ errors }: Document.Parsed, text: string, diagnostics: DiagnosticList): boolean {
  // After one error the rest of the file is a row of unexpected tokens, which say nothing.
  const telling = errors.filter(({ code }, index) => index === 0 || code !== "UNEXPECTED_TOKEN");
  for (const { code, message, pos } of telling.slice(0, MOST_SYNTAX_ERRORS)) {
    const [start, end] = pos;
    const hint = SYNTAX_HINTS[code];
    const told = code === "TAB_AS_INDENT" ? "a tab cannot indent YAML" : lowerFirst(message);
    diagnostics.error(
      { start: Math.min(start, text.length), end: Math.min(end, text.length) },
      { code: "yaml-syntax", message: told, ...(hint !== undefined && { hint }) },
    );
  }
  return errors.length === 0;
}

const MOST_SYNTAX_ERRORS = 20;

const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "use spaces",
  BLOCK_AS_IMPLICIT_KEY: "a value that holds a colon and a space needs quotes",
  BAD_SCALAR_START: "a value that starts with this character needs quotes",
};

function lowerFirst(message: string): string {
  const line = message.split("\n")[0] ?? "";
  return line.charAt(0).toLowerCase() + line.slice(1);
}
