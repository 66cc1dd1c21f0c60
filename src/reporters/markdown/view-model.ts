import type { RunRecord } from "../../engine/record.ts";
import { measure } from "../../evidence/measure.ts";
import { verdictOf } from "../../evidence/verdict.ts";
import { verdictWord } from "../../evidence/verdict-words.ts";
import type { Cell } from "./cell.ts";
import { checkSections, type CheckSection } from "./checks.ts";
import { failureSections, type FailureSection } from "./failures.ts";
import { callRows, findingRows, waitRows, type CallRow, type FindingRow, type WaitRow } from "./facts.ts";
import { gantts, type Gantt } from "./gantt.ts";
import { identification, type Fact } from "./identification.ts";
import { objectiveRows, timeFacts, type ObjectiveRow } from "./objectives.ts";
import { phaseRows, type PhaseRow } from "./phases.ts";
import { recoveryPointFacts } from "./recovery-point.ts";
import { leftoverRows, resourceRows, type ResourceRow } from "./resources.ts";
import { stepRows, type StepRow } from "./steps.ts";

/** Everything the template shows, computed. The template only places it. Every member is always there. */
export interface ReportView {
  readonly drill: Cell;
  readonly description: Cell;
  readonly simulated: boolean;
  readonly verdict: Cell;
  readonly reasons: readonly Cell[];
  readonly warnings: readonly Cell[];
  readonly leftovers: Section<ResourceRow>;
  readonly objectives: readonly ObjectiveRow[];
  readonly timeFacts: readonly Cell[];
  readonly failures: Section<FailureSection>;
  readonly gantts: readonly Gantt[];
  readonly phases: Section<PhaseRow>;
  readonly steps: Section<StepRow>;
  readonly recoveryPoint: readonly Fact[];
  readonly checks: Section<CheckSection>;
  readonly findings: Section<FindingRow>;
  readonly waits: Section<WaitRow>;
  readonly resources: Section<ResourceRow>;
  readonly calls: Section<CallRow>;
  readonly callSummary: Cell;
  readonly identification: readonly Fact[];
}

/** Rows of a bounded list, and a line about those that are left out. */
export interface Section<Row> {
  readonly rows: readonly Row[];
  /** Empty when all are shown. */
  readonly omitted: Cell;
}

export function reportView(record: RunRecord): ReportView {
  const measurement = measure(record);
  const verdict = verdictOf(record);
  const calls = callRows(measurement);
  return {
    drill: record.run.drill.name,
    description: record.run.drill.description,
    simulated: measurement.simulated,
    verdict: verdictWord(verdict),
    reasons: verdict.reasons,
    warnings: verdict.warnings,
    leftovers: leftoverRows(verdict.leftovers),
    objectives: objectiveRows(measurement),
    timeFacts: timeFacts(record, measurement),
    failures: failureSections(record),
    gantts: gantts(record),
    phases: phaseRows(record, measurement),
    steps: stepRows(record),
    recoveryPoint: recoveryPointFacts(record, measurement),
    checks: checkSections(record),
    findings: findingRows(record),
    waits: waitRows(record),
    resources: resourceRows(record),
    calls: calls.section,
    callSummary: calls.summary,
    identification: identification(record, verdict),
  };
}
