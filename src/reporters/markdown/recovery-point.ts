import type { RunRecord } from "../../engine/record.ts";
import type { Measurement } from "../../evidence/measure.ts";
import { formatDuration } from "../../time/duration.ts";
import { formatBytes, formatInstant } from "../wording.ts";
import type { Cell } from "./cell.ts";
import type { Fact } from "./identification.ts";

const BASIS = {
  scheduled: "scheduled: the backup schedule made it",
  "drill-triggered": "drill-triggered: the drill made it, so its age says nothing of the schedule",
} as const;

/** What is known of the recovery point; nothing when the run knows of none. */
export function recoveryPointFacts({ recoveryPoint: point }: RunRecord, measurement: Measurement): readonly Fact[] {
  const { copyLagMs, copyMs } = measurement.point;
  const facts: readonly (readonly [string, Cell | undefined])[] = [
    ["Recovery point", code(point.recoveryPointId)],
    ["Its source", code(point.sourceId)],
    ["Source StartTime (the point in time of its data)", instant(point.sourceStartTime)],
    ["Copy started", instant(point.copyStartTime)],
    ["Copy complete", instant(point.copyCompletionTime)],
    ["Copying took", duration(copyMs)],
    ["Copy lag (source StartTime to copy complete)", duration(copyLagMs)],
    ["Basis", point.basis && BASIS[point.basis]],
    ["Marker written", instant(point.markerWrittenAt)],
    ["Newest marker in the restored data", instant(point.markerFoundAt)],
    ["Size", point.sizeBytes === undefined ? undefined : formatBytes(point.sizeBytes)],
    ["Encrypted", point.encrypted === undefined ? undefined : point.encrypted ? "yes" : "no"],
    ["KMS key", code(point.kmsKeyId)],
  ];
  return facts.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]));
}

function code(value: string | undefined): Cell | undefined {
  return value === undefined ? undefined : { code: value };
}

function instant(iso: string | undefined): Cell | undefined {
  return iso === undefined ? undefined : formatInstant(iso);
}

function duration(ms: number | undefined): Cell | undefined {
  return ms === undefined ? undefined : formatDuration(ms);
}
