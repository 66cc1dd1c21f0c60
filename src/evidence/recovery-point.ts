import type { RunRecord } from "../engine/record.ts";
import { defined } from "./defined.ts";
import type { RecoveryPoint } from "../engine/facts.ts";
import { lookbackOf, type Lookback } from "./lookback.ts";

/** The recovery point actually reached, and where the figures come from. Milliseconds. */
export interface RecoveryPointAge {
  /** Disaster minus the newest marker found in the restored data. */
  readonly rpaMs?: number;
  /** Disaster minus the StartTime of the source snapshot, which is the point in time of its data. */
  readonly rpaFromSourceMs?: number;
  /** The disaster is before the recovery point by this much: clocks are apart by at least as much, and an age is unknown. */
  readonly clocksApartMs?: number;
  /** What is held against the RPO: the marker's figure, else the source's. */
  readonly bestMs?: number;
  readonly measuredFrom?: "marker in the restored data" | "StartTime of the source snapshot";
  /** From the source's StartTime to the end of the copy: for so long the newest data had no copy in the DR Region. */
  readonly copyLagMs?: number;
  /** From the start of the copy to its end. */
  readonly copyMs?: number;
  /** `drill-triggered` when the drill itself made the backup: such an RPA says nothing of the schedule. */
  readonly basis?: "scheduled" | "drill-triggered";
  /**
   * The worst that the backup schedule allows: the longest time between two snapshots, how late one may start, and the lag of this
   * run's copy. Of several recovery points the worst. Absent where no schedule is known.
   */
  readonly scheduleWorstMs?: number;
  /** The recovery points before this one, this one included; of several rows the worst. Absent where the run did not look. */
  readonly lookback?: Lookback;
}

/** One of several recovery points. Milliseconds. */
export interface PointAge {
  readonly point: RecoveryPoint;
  /** Disaster minus the StartTime of its source. */
  readonly ageMs?: number;
  readonly copyLagMs?: number;
}

/** Every recovery point, the oldest first. */
export function recoveryPointAges(record: RunRecord): readonly PointAge[] {
  return record.recoveryPoints.map((point) =>
    defined<PointAge>({
      point,
      ageMs: unlessNegative(between(point.sourceStartTime, record.disasterAt?.at)),
      copyLagMs: unlessNegative(between(point.sourceStartTime, point.copyCompletionTime)),
    }),
  );
}

/** The size of all recovery points together; 0 where none is known. */
export function recoveredBytes({ recoveryPoint, recoveryPoints }: RunRecord): number {
  const points = recoveryPoints.length > 0 ? recoveryPoints : [recoveryPoint];
  return points.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
}

/** What of the worst cases that are known is above the RPO. Milliseconds. */
export function worstAbove(rpoMs: number | undefined, point: RecoveryPointAge) {
  const above = (worst = 0) => (rpoMs !== undefined && worst > rpoMs ? worst : undefined);
  const [bySchedule, inPast] = [above(point.scheduleWorstMs), above(point.lookback?.worstMs)];
  return { bySchedule, inPast };
}

export function recoveryPointAge(record: RunRecord): RecoveryPointAge {
  const point = record.recoveryPoint;
  const ages = [point.markerFoundAt, point.sourceStartTime].map((from) => between(from, record.disasterAt?.at));
  const [rpaMs, rpaFromSourceMs] = ages.map(unlessNegative);
  const apartMs = Math.max(0, ...ages.map((age) => -(age ?? 0)));
  return defined({
    rpaMs,
    rpaFromSourceMs,
    clocksApartMs: apartMs > 0 ? apartMs : undefined,
    ...heldAgainst(rpaMs, rpaFromSourceMs, record.recoveryPoints.length > 1),
    copyLagMs: unlessNegative(between(point.sourceStartTime, point.copyCompletionTime)),
    copyMs: unlessNegative(between(point.copyStartTime, point.copyCompletionTime)),
    basis: point.basis,
    scheduleWorstMs: scheduleWorst(record),
    lookback: lookback(record),
  });
}

function scheduleWorst({ recoveryPoint, recoveryPoints }: RunRecord): number | undefined {
  const points = recoveryPoints.length > 0 ? recoveryPoints : [recoveryPoint];
  const worsts = points.flatMap(({ schedule, sourceStartTime, copyCompletionTime }) =>
    schedule
      ? [
          schedule.intervalMs +
            schedule.startWindowMs +
            (unlessNegative(between(sourceStartTime, copyCompletionTime)) ?? 0),
        ]
      : [],
  );
  return worsts.length === 0 ? undefined : Math.max(...worsts);
}

/** Of several recovery points the row with the worst exposure. */
function lookback({ recoveryPoint, recoveryPoints }: RunRecord): Lookback | undefined {
  const points = recoveryPoints.length > 0 ? recoveryPoints : [recoveryPoint];
  const rows = points.flatMap((point) => rowBefore(point) ?? []);
  return rows.sort((a, b) => (b.worstMs ?? 0) - (a.worstMs ?? 0))[0];
}

/** The recovery point itself ends the row, when the schedule made it. */
function rowBefore(point: RecoveryPoint): Lookback | undefined {
  if (!point.lookback) return undefined;
  const { recoveryPointId, sourceStartTime: pointInTime, copyCompletionTime: availableAt, basis } = point;
  const known = recoveryPointId !== undefined && pointInTime !== undefined && availableAt !== undefined;
  const own = known && basis === "scheduled" ? [{ recoveryPointId, pointInTime, availableAt }] : [];
  const earlier = point.lookback.filter((one) => one.recoveryPointId !== recoveryPointId);
  return lookbackOf([...earlier, ...own]);
}

/**
 * A marker is in one volume only: where there are several recovery points, the oldest source counts when it is older than any
 * marker that was found.
 */
function heldAgainst(marker: number | undefined, source: number | undefined, several: boolean): HeldAgainst {
  if (marker === undefined || (several && (source ?? 0) > marker))
    return { bestMs: source, measuredFrom: source === undefined ? undefined : "StartTime of the source snapshot" };
  return { bestMs: marker, measuredFrom: "marker in the restored data" };
}

interface HeldAgainst {
  readonly bestMs: number | undefined;
  readonly measuredFrom: RecoveryPointAge["measuredFrom"] | undefined;
}

/** The instants are of several clocks: where the later one seems to be before the earlier one, there is no knowing. */
function unlessNegative(ms: number | undefined): number | undefined {
  return ms !== undefined && ms < 0 ? undefined : ms;
}

/** Undefined when either instant is missing or is no instant: what AWS or the data says is not trusted to be one. */
function between(from: string | undefined, to: string | undefined): number | undefined {
  const ms = Date.parse(to ?? "") - Date.parse(from ?? "");
  return Number.isFinite(ms) ? ms : undefined;
}
