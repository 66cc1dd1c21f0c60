import type { RunRecord } from "../../engine/record.ts";
import type { Measurement } from "../../evidence/measure.ts";
import type { ObjectiveResult } from "../../evidence/objectives.ts";
import { formatBudget, formatDuration } from "../../time/duration.ts";
import { formatInstant } from "../wording.ts";
import type { Cell } from "./cell.ts";

export interface ObjectiveRow {
  readonly name: Cell;
  readonly target: Cell;
  readonly actual: Cell;
  readonly margin: Cell;
  readonly met: Cell;
}

export function objectiveRows({ recovery, point, objectives }: Measurement): readonly ObjectiveRow[] {
  const rto = objectives.find(({ objective }) => objective === "RTO");
  const rpo = objectives.find(({ objective }) => objective === "RPO");
  return [
    rowOf("Recovery time (RTO, RTA)", rto, recovery?.rtaMs),
    rowOf("Recovery point (RPO, RPA)", rpo, recovery && point.bestMs),
  ];
}

function rowOf(name: string, result: ObjectiveResult | undefined, actualMs: number | undefined): ObjectiveRow {
  const { targetMs, atLeastMs, marginMs } = result ?? {};
  const atLeast = atLeastMs === undefined ? "not measured" : `not reached, ${formatDuration(atLeastMs)} at least`;
  return {
    name,
    target: targetMs === undefined ? "none set" : formatBudget(targetMs),
    actual: actualMs === undefined ? atLeast : formatDuration(actualMs),
    margin: marginMs === undefined ? "–" : formatDuration(marginMs),
    met: result ? metWord(result) : "–",
  };
}

function metWord({ met, warnsOnly }: ObjectiveResult): string {
  const word = met === undefined ? "unknown" : met ? "yes" : "no";
  return warnsOnly ? `${word}, but the drill made the backup` : word;
}

/** How the figures came about, in sentences. */
export function timeFacts(record: RunRecord, measurement: Measurement): readonly Cell[] {
  return [
    clockFact(record, measurement),
    ...peopleFact(measurement),
    "Not in the RTA: prepare (waiting for the backup included), teardown, and the time it takes to notice and decide.",
    ...pointFacts(measurement),
    ...measurement.hydration.map(
      ({ instance, durationMs }) =>
        `The first full read of the restored data, lazy loading included, took ${formatDuration(durationMs)} (step ${instance}).`,
    ),
  ];
}

function clockFact({ disasterAt }: RunRecord, { recovery, unfinishedRecoveryMs }: Measurement): string {
  if (recovery) {
    const window = `${formatInstant(recovery.from.at)} to ${formatInstant(recovery.to.at)}`;
    return `The RTA runs from the declared disaster to the end of the last passed step of verify, ${window}, by the wall clock.`;
  }
  if (!disasterAt) return "No disaster was declared: there is no RTA.";
  const lasted = formatDuration(unfinishedRecoveryMs ?? 0);
  return `The disaster was declared at ${formatInstant(disasterAt.at)}; the recovery was not verified in the ${lasted} after it: there is no RTA.`;
}

function peopleFact({ recovery }: Measurement): readonly string[] {
  if (!recovery || recovery.peopleMs === 0) return [];
  const people = formatDuration(recovery.peopleMs);
  return [
    `The RTA includes ${people} of waiting for people; without it, machine time is ${formatDuration(recovery.machineMs)}.`,
  ];
}

const BASIS_FACTS = {
  scheduled: "The backup was made by its schedule, so the RPA is one that the schedule gives.",
  "drill-triggered": "The drill made the backup itself: the RPA says nothing of the backup schedule.",
} as const;

function pointFacts({ point, recovery }: Measurement): readonly string[] {
  const { rpaMs, rpaFromSourceMs, bestMs, basis } = point;
  if (bestMs === undefined) return [];
  if (!recovery)
    return [
      `No recovery was verified: there is no RPA. The recovery point was ${formatDuration(bestMs)} old at the disaster.`,
    ];
  const source =
    rpaFromSourceMs === undefined
      ? ""
      : ` By the StartTime of the source snapshot it is ${formatDuration(rpaFromSourceMs)}.`;
  const figures =
    rpaMs === undefined
      ? "The RPA runs from the StartTime of the source snapshot to the declared disaster: no marker was found in the restored data."
      : `The RPA runs from the newest marker found in the restored data to the declared disaster.${source}`;
  return basis === undefined ? [figures] : [figures, BASIS_FACTS[basis]];
}
