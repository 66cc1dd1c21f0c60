import { printable, printableLines } from "../../drill/printable.ts";
import { inertLine } from "../inert.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
  "=": "&#61;",
};

const HARMLESS = /^[A-Za-z0-9_.:/,[\]-]*$/;

/** Text that stays text in HTML, SVG and XML: in an element and in a quoted attribute. Nothing in it steers a terminal or turns text around. */
export function escapeHtml(text: string, { lines = false } = {}): string {
  if (HARMLESS.test(text)) return text;
  const inert = lines ? printableLines(text.replace(/\r\n?/g, "\n")) : inertLine(text);
  return inert.replace(/[&<>"'`=]/g, (char) => ENTITIES[char] ?? printable(char));
}
