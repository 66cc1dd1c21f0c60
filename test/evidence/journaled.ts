import type { JournaledEvent, RunEvent } from "../../src/engine/events.ts";
import { foldEvents } from "../../src/engine/fold.ts";
import type { RunRecord } from "../../src/engine/record.ts";

/** An event of a hand-written run, `at` seconds after its start. */
export type Timed = RunEvent & { readonly t: number };

export const RUN_START = Date.parse("2026-11-20T10:00:00.000Z");

export function iso(seconds: number): string {
  return new Date(RUN_START + seconds * 1000).toISOString();
}

/** Puts on what the journal would. */
export function journaled(events: readonly Timed[]): readonly JournaledEvent[] {
  return events.map(
    ({ t, ...event }, seq) =>
      ({ v: 1, seq, at: iso(t), mono: t * 1000, prev: "0".repeat(64), ...event }) as JournaledEvent,
  );
}

export function recordOf(events: readonly Timed[]): RunRecord {
  return foldEvents(journaled(events));
}
