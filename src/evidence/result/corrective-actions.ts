import type { DrillPlan } from "../../drill/plan-schema.ts";
import { parseDuration } from "../../time/duration.ts";
import type { AcceptedRisk, AgreedAction } from "../attestation/statements.ts";
import { defined } from "../defined.ts";
import type { Deviation } from "./schema-parts.ts";

/** What people have decided about deviations: beforehand in the drill's plan, afterwards in the last review. */
export interface Decisions {
  readonly plan: DrillPlan;
  /** ISO instant from which the plan's `actionsWithin` counts. */
  readonly endedAt: string;
  readonly actions?: readonly AgreedAction[] | undefined;
  readonly acceptedRisks?: readonly AcceptedRisk[] | undefined;
}

/** Deviations with who owns the fix and until when. What is for information only has no owner. */
export function withOwners(deviations: readonly Deviation[], decisions: Decisions): readonly Deviation[] {
  const { plan, actions = [], acceptedRisks = [] } = decisions;
  return deviations.map((deviation) => {
    const agreed = actions.find((one) => isAbout(one, deviation));
    if (agreed) return defined<Deviation>({ ...deviation, ...agreedOf(agreed, deviation) });
    const accepted = acceptedRisks.find((one) => isAbout(one, deviation));
    if (accepted) return { ...deviation, action: accepted.reason, status: "risk accepted" };
    if (deviation.severity === "info") return deviation;
    const due = dueBy(plan, decisions.endedAt);
    return defined<Deviation>({ ...deviation, owner: plan.actionOwner, due });
  });
}

/** By id and code: another version of gameday might number the deviations of a run otherwise. */
function isAbout(decided: { readonly deviation: string; readonly code: string }, { id, code }: Deviation): boolean {
  return decided.deviation === id && decided.code === code;
}

function agreedOf({ owner, due, action }: AgreedAction, deviation: Deviation) {
  return { owner, due, action: action ?? deviation.action, status: "action agreed" as const };
}

function dueBy({ actionsWithin }: DrillPlan, endedAt: string): string | undefined {
  const withinMs = actionsWithin === undefined ? undefined : parseDuration(actionsWithin);
  if (withinMs === undefined) return undefined;
  return new Date(Date.parse(endedAt) + withinMs).toISOString().slice(0, 10);
}
