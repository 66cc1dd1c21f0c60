import type { RunRecord } from "../../engine/record.ts";
import { criticalPath } from "../critical-path.ts";
import { defined } from "../defined.ts";
import { elapsedMs } from "../interval.ts";
import type { Measurement } from "../measure.ts";
import { recoveryPointAges } from "../recovery-point.ts";
import { timeSplit } from "../time-split.ts";
import type { Result } from "./schema.ts";

type Time = NonNullable<Result["recoveryTime"]>;

export function resultRecoveryTime(record: RunRecord, { recovery }: Measurement): Time | undefined {
  if (!recovery) return undefined;
  const { from, to, firstActionAt, availableAt, hydratedAt, rtaMs, wallClockCauses, serviceRtaMs, machineMs } =
    recovery;
  return defined<Time>({
    declaredAt: from.at,
    firstActionAt: firstActionAt.at,
    availableAt: availableAt.at,
    hydratedAt: hydratedAt?.at,
    verifiedAt: to.at,
    rtaMs,
    wallClock: wallClockCauses.length > 0,
    wallClockCauses: wallClockCauses.length > 0 ? wallClockCauses : undefined,
    serviceRtaMs,
    machineMs,
    decisionMs: elapsedMs(from, firstActionAt),
    restoreMs: elapsedMs(firstActionAt, availableAt),
    verifyMs: elapsedMs(availableAt, to),
    availableMs: elapsedMs(from, availableAt),
    hydratedMs: hydratedAt && elapsedMs(from, hydratedAt),
    split: timeSplit(record, { from: from.mono, to: to.mono }),
    criticalPath: criticalPath(record, recovery),
  });
}

export function resultRecoveryPoint(record: RunRecord, { point, recovery }: Measurement): Result["recoveryPoint"] {
  const known = record.recoveryPoint;
  return defined<Result["recoveryPoint"]>({
    recoveryPointId: known.recoveryPointId,
    sourceId: known.sourceId,
    sourceStartTime: known.sourceStartTime,
    copyStartTime: known.copyStartTime,
    copyCompletionTime: known.copyCompletionTime,
    markerWrittenAt: known.markerWrittenAt,
    markerFoundAt: known.markerFoundAt,
    basis: known.basis,
    sizeBytes: known.sizeBytes,
    encrypted: known.encrypted,
    kmsKeyId: known.kmsKeyId,
    rpaMs: recovery && point.bestMs,
    ageMs: point.bestMs,
    rpaAtLeastMs: point.rpaFromSourceMs,
    // With several recovery points the marker may be of a younger one: it bounds nothing then.
    rpaAtMostMs:
      (point.rpaFromSourceMs ?? 0) > (point.rpaMs ?? 0) && record.recoveryPoints.length > 1 ? undefined : point.rpaMs,
    measuredFrom: point.measuredFrom,
    clocksApartMs: point.clocksApartMs,
    copyLagMs: point.copyLagMs,
    copyMs: point.copyMs,
    schedule: known.schedule,
    scheduleWorstMs: point.scheduleWorstMs,
    worstMs: point.lookback?.worstMs,
    lookback: point.lookback?.points,
    all: record.recoveryPoints.length > 1 ? allPoints(record) : undefined,
  });
}

type Points = NonNullable<Result["recoveryPoint"]["all"]>;

function allPoints(record: RunRecord): Points {
  return recoveryPointAges(record).map(({ point, ageMs, copyLagMs }) =>
    defined<Points[number]>({
      recoveryPointId: point.recoveryPointId,
      sourceId: point.sourceId,
      sourceStartTime: point.sourceStartTime,
      copyCompletionTime: point.copyCompletionTime,
      basis: point.basis,
      sizeBytes: point.sizeBytes,
      encrypted: point.encrypted,
      ageMs,
      copyLagMs,
    }),
  );
}
