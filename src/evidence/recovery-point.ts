import type { RunRecord } from "../engine/record.ts";
import { defined } from "./defined.ts";
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
  /** The recovery points before this one, this one included; absent where the run did not look. */
  readonly lookback?: Lookback;
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
    bestMs: rpaMs ?? rpaFromSourceMs,
    measuredFrom: measuredFrom(rpaMs, rpaFromSourceMs),
    copyLagMs: unlessNegative(between(point.sourceStartTime, point.copyCompletionTime)),
    copyMs: unlessNegative(between(point.copyStartTime, point.copyCompletionTime)),
    basis: point.basis,
    lookback: lookback(record),
  });
}

/** The run's own recovery point ends the row, when the schedule made it. */
function lookback({ recoveryPoint: point }: RunRecord): Lookback | undefined {
  if (!point.lookback) return undefined;
  const { recoveryPointId, sourceStartTime: pointInTime, copyCompletionTime: availableAt, basis } = point;
  const known = recoveryPointId !== undefined && pointInTime !== undefined && availableAt !== undefined;
  const own = known && basis === "scheduled" ? [{ recoveryPointId, pointInTime, availableAt }] : [];
  const earlier = point.lookback.filter((one) => one.recoveryPointId !== recoveryPointId);
  return lookbackOf([...earlier, ...own]);
}

function measuredFrom(marker: number | undefined, source: number | undefined): RecoveryPointAge["measuredFrom"] {
  if (marker !== undefined) return "marker in the restored data";
  return source === undefined ? undefined : "StartTime of the source snapshot";
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
