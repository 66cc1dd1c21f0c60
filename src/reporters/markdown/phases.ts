import type { RunRecord } from "../../engine/record.ts";
import type { Measurement } from "../../evidence/measure.ts";
import { isRecovery } from "../../evidence/recovery-time.ts";
import { formatDuration } from "../../time/duration.ts";
import { formatInstant } from "../wording.ts";
import type { Cell } from "./cell.ts";
import type { Section } from "./view-model.ts";

export interface PhaseRow {
  readonly phase: Cell;
  readonly started: Cell;
  readonly duration: Cell;
  readonly outcome: Cell;
  readonly counts: Cell;
}

export function phaseRows(record: RunRecord, measurement: Measurement): Section<PhaseRow> {
  const rows = measurement.phases.map(({ phase, outcome, durationMs }, index) => ({
    phase,
    started: formatInstant(record.phases[index]?.startedAt.at ?? ""),
    duration: formatDuration(durationMs),
    outcome: outcome ?? "cut off",
    counts: outcome === "skipped" ? "–" : isRecovery(phase) ? "yes" : "no",
  }));
  return { rows, omitted: "" };
}
