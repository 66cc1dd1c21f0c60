import { Writable } from "node:stream";
import { expect } from "vitest";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { foldEvents } from "../../src/engine/fold.ts";
import { writeLine } from "../../src/engine/journal-line.ts";
import { resultOf, type ResultExtras } from "../../src/evidence/result/result.ts";
import { REPORT_FORMATS } from "../../src/reporters/format-names.ts";
import { renderReport } from "../../src/reporters/formats.ts";
import { plainReporter } from "../../src/reporters/plain.ts";
import { renderSummary } from "../../src/reporters/summary.ts";

/** By format: those of `gameday report`, and `plain`, `summary` and `jsonl`. */
export type Rendered = Readonly<Record<string, string>>;

/** A run as everything that a person or a program reads of it. */
export async function renderAll(events: readonly JournaledEvent[], extras: ResultExtras = {}): Promise<Rendered> {
  const record = foldEvents(events);
  const result = resultOf(record, extras);
  const reports = REPORT_FORMATS.map(async (format) => [format, await renderReport(result, format)] as const);
  return {
    ...Object.fromEntries(await Promise.all(reports)),
    plain: plainText(events),
    summary: renderSummary(record),
    jsonl: events.map((event) => `${writeLine(event)}\n`).join(""),
  };
}

function plainText(events: readonly JournaledEvent[]): string {
  let text = "";
  const reporter = plainReporter(new Writable({ write: (chunk, _encoding, done) => ((text += chunk), done()) }));
  for (const event of events) reporter.onEvent?.(event);
  return text;
}

/** What steers a terminal, turns text around or cannot be seen. */
const STEERING = /(?![\n\r])\p{Cc}|[\p{Bidi_Control}\u00ad\u200b\u2028\u2029\ufeff]|\p{Cs}|[\u{e0000}-\u{e0fff}]/u;

export function expectNothingSteers(rendered: Rendered): void {
  for (const [format, text] of Object.entries(rendered)) expect(STEERING.exec(text)?.[0], format).toBe(undefined);
}
