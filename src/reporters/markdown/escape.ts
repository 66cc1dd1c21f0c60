import { printable } from "../../drill/printable.ts";

/**
 * Text as Markdown that shows exactly this text: no markup, no links, no mentions, no HTML, no table cell border, one line.
 * Safe in a table cell, a list item, a heading and a paragraph of GitHub's dialect.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*[\]|~$]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/@/g, "&#64;")
    .replace(/:(?=\/\/)|(?<=javascript|data|vbscript|mailto):/gi, "&#58;")
    .replace(/(?<=www)\./gi, "&#46;")
    .replace(/^(#|[+\-=](?=[\s+\-=]|$))/, "\\$1")
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2");
}

/** Text as inline code, safe in a table cell. Empty text gives nothing. */
export function codeSpan(text: string): string {
  const line = oneLine(text);
  if (line === "") return "";
  if (!/[`|]/.test(line)) return `\`${line}\``;
  return `<code>${line.replace(/[^\p{L}\p{N} .,/-]/gu, (char) => `&#${char.codePointAt(0)};`)}</code>`;
}

/** The name of a Gantt task: letters, digits and the few signs Mermaid's grammar gives no meaning to. */
export function ganttName(text: string): string {
  const name = text
    .replace(/\[/g, "(")
    .replace(/\]/g, ")")
    .replace(/[^\p{L}\p{N} ._()/-]/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return [...name].slice(0, LONGEST_NAME).join("").trim() || "unnamed";
}

const LONGEST_NAME = 60;

function oneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, " ").trim());
}

/** One line of a Gantt chart, with nothing left that could end it or its fence. */
export function ganttLine(line: string): string {
  return line.replace(/[^\p{L}\p{N} ._()/:,%-]/gu, " ").trimEnd();
}
