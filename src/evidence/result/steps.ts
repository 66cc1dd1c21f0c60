import { isWallClock } from "../../engine/cut-off.ts";
import type { PlannedStep } from "../../engine/events.ts";
import type { RunRecord, StepRecord } from "../../engine/record.ts";
import { nameOf } from "../../engine/ledger.ts";
import { defined } from "../defined.ts";
import { stepMs } from "../measure.ts";
import type { Result } from "./schema.ts";

type Step = Result["steps"][number];

interface Lookup {
  readonly record: RunRecord;
  readonly plans: ReadonlyMap<string, PlannedStep>;
  readonly resourceIds: ReadonlyMap<string, readonly string[]>;
  readonly requestIds: ReadonlyMap<string, number>;
}

/** Steps in the order they began, then the planned ones that never did. */
export function resultSteps(record: RunRecord): readonly Step[] {
  const lookup: Lookup = {
    record,
    plans: new Map(record.run.steps.map((plan) => [plan.id, plan])),
    resourceIds: resourcesByStep(record),
    requestIds: requestIds(record),
  };
  const begun = new Set(record.steps.map(({ step }) => step));
  return [
    ...record.steps.map((step, index) => begunStep(step, index + 1, lookup)),
    ...record.run.steps.filter(({ id }) => !begun.has(id)).map(notExecuted),
  ];
}

/** In the order in which they were made. */
function resourcesByStep({ ledger }: RunRecord): ReadonlyMap<string, readonly string[]> {
  const made = new Map<string, string[]>();
  for (const entry of ledger) {
    if (entry.standsFor !== undefined) continue;
    const known = made.get(entry.step);
    if (known) known.push(nameOf(entry));
    else made.set(entry.step, [nameOf(entry)]);
  }
  return made;
}

function requestIds({ calls }: RunRecord): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { instance, requestId } of calls)
    if (instance !== undefined && requestId !== undefined) counts.set(instance, (counts.get(instance) ?? 0) + 1);
  return counts;
}

function begunStep(step: StepRecord, number: number, { record, plans, resourceIds, requestIds: ids }: Lookup): Step {
  const { startedAt, finishedAt, targetMs, failure, outputs } = step;
  const ran = step.outcome !== "skipped";
  const durationMs = ran ? stepMs(step) : undefined;
  const hydrationMs = outputs["hydrationMs"];
  const made = resourceIds.get(step.instance) ?? [];
  return defined<Step>({
    number,
    step: step.step,
    instance: step.instance,
    name: step.name,
    uses: step.uses,
    phase: step.phase,
    line: plans.get(step.step)?.line,
    status: step.outcome ?? "cut off",
    reason: step.reason ?? (step.outcome === undefined ? step.lastProgress : undefined),
    startedAt: ran ? startedAt.at : undefined,
    endedAt: ran ? finishedAt?.at : undefined,
    offsetMs: ran ? startedAt.mono - record.startedAt.mono : undefined,
    durationMs,
    wallClock: ran && isWallClock(record, startedAt, finishedAt ?? record.lastAt),
    targetMs,
    targetMissed: targetMs !== undefined && durationMs !== undefined && durationMs > targetMs,
    attempts: ran ? step.attempts : 0,
    peopleMs: step.peopleWaitMs,
    hydrationMs: typeof hydrationMs === "number" ? hydrationMs : undefined,
    resourceId: made[0],
    resourceIds: made.length > 1 ? made : undefined,
    requestIds: ids.get(step.instance) ?? 0,
    failure: failure && { code: failure.code, message: failure.message },
  });
}

function notExecuted({ id, name, uses, phase, line, targetMs }: PlannedStep): Step {
  const counts = { attempts: 0, peopleMs: 0, requestIds: 0, wallClock: false, targetMissed: false };
  return defined<Step>({
    ...counts,
    number: undefined,
    step: id,
    instance: id,
    name,
    uses,
    phase,
    line,
    targetMs,
    status: "not executed",
    reason: undefined,
    startedAt: undefined,
    endedAt: undefined,
    offsetMs: undefined,
    durationMs: undefined,
    hydrationMs: undefined,
    resourceId: undefined,
    resourceIds: undefined,
    failure: undefined,
  });
}
