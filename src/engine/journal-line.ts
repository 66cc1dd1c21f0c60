import { createHash } from "node:crypto";
import { printableJson } from "../drill/printable.ts";
import type { JournaledEvent } from "./events.ts";

/** What this gameday writes as `v`, and the greatest that it reads. */
export const JOURNAL_VERSION = 1;

/** `prev` of the first line. */
export const CHAIN_START = "0".repeat(64);

/**
 * One journal line without its line feed: the event's JSON, closed by `sum`, the first 16 hex digits of the SHA-256 of everything
 * before it. The chain (`prev`) proves the order of whole lines; `sum` proves the one line that nothing follows yet.
 */
export function writeLine(event: JournaledEvent): string {
  const open = printableJson(JSON.stringify(event)).slice(0, -1);
  return `${open},"sum":"${sumOf(open)}"}`;
}

/** Read before anything else is believed of a line: a later version may be closed and chained in another way. 0: it has none. */
export function versionOf(line: string): number {
  return Number(/^\{"v":(\d{1,9})[,}]/.exec(line)?.[1] ?? 0);
}

const CLOSING = /,"sum":"([0-9a-f]{16})"\}$/;

/** The event of a line, or why the line cannot be one that gameday wrote. */
export function readLine(line: string): JournaledEvent | { readonly damage: string } {
  const closing = CLOSING.exec(line);
  if (!closing) return { damage: "it does not end in a checksum" };
  const open = line.slice(0, closing.index);
  if (sumOf(open) !== closing[1]) return { damage: "its checksum does not fit its content" };
  try {
    return JSON.parse(`${open}}`) as JournaledEvent;
  } catch {
    return { damage: "it is not JSON" };
  }
}

/** Hex SHA-256 of a line's bytes: what the next line carries as `prev`. */
export function chainHash(line: string): string {
  return createHash("sha256").update(line).digest("hex");
}

function sumOf(text: string): string {
  return chainHash(text).slice(0, 16);
}
