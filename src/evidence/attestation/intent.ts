import type { Drill } from "../../drill/drill.ts";
import { PHASES, stepsOf } from "../../drill/drill.ts";
import type { DrillFile } from "../../engine/facts.ts";
import {
  INTENT_TYPE,
  statement,
  subject,
  type EvidenceClass,
  type Intent,
  type LedgerPlace,
  type Statement,
} from "./statements.ts";

export interface IntentOf {
  readonly runId: string;
  readonly drill: Drill;
  readonly files: readonly DrillFile[];
  readonly declaredAt: string;
  readonly evidenceClass: EvidenceClass;
  readonly account: string;
  /** The principal's ARN. */
  readonly operator: string;
  readonly gameday: string;
  readonly ledger: LedgerPlace;
}

/** What is signed before anything is changed: objectives and plan cannot be fitted to the result later. */
export function intentStatement({ drill, runId, ...of }: IntentOf): Statement<Intent> {
  const { name, source, objectives, regions, controls } = drill;
  const plannedSteps = PHASES.flatMap((phase) =>
    stepsOf(drill.phases[phase]).map(({ id, uses }) => ({ id, phase, uses })),
  );
  return statement<Intent>(INTENT_TYPE, [subject("plan/drill.yaml", source.sha256)], {
    run: runId,
    declaredAt: of.declaredAt,
    drill: { name, sha256: source.sha256 },
    ...(of.files.length > 0 ? { files: of.files } : {}),
    objectives,
    regions,
    controls,
    plannedSteps,
    evidenceClass: of.evidenceClass,
    account: of.account,
    operator: of.operator,
    gameday: of.gameday,
    ledger: of.ledger,
  });
}
