import type { Result } from "../../evidence/result/result.ts";
import { appendix, controlsSection, deviationsSection, safetySection } from "./assurance.ts";
import { provided } from "./cells.ts";
import type { ReportDocument } from "./document.ts";
import { historySection } from "./history.ts";
import { identificationSection, objectivesSection, reviewSection, scopeSection } from "./identity.ts";
import { integrityOfRecordSection } from "./integrity-of-record.ts";
import { breakdownSection, recoveryPointSection, timelineSection } from "./recovery.ts";
import { integritySection, stepsSection } from "./steps.ts";
import { simulatedWords } from "./simulated.ts";
import { measuresOf, verdictSection, wordOf, WORD_TONES } from "./verdict.ts";

/** The report of a result: every section, whatever is known. */
export function documentOf(result: Result): ReportDocument {
  return {
    title: result.drill.name,
    description: result.drill.description,
    runId: result.run.id,
    emulated: result.evidenceClass === "emulated",
    simulated: simulatedWords(result),
    classification: provided(result.plan.classification),
    verdict: { word: wordOf(result), tone: WORD_TONES[result.verdict.word], reason: result.verdict.reasons[0] ?? "" },
    measures: measuresOf(result),
    sections: [
      verdictSection(result),
      identificationSection(result),
      scopeSection(result),
      objectivesSection(result),
      timelineSection(result),
      breakdownSection(result),
      recoveryPointSection(result),
      stepsSection(result),
      integritySection(result),
      deviationsSection(result),
      historySection(result),
      controlsSection(result),
      safetySection(result),
      integrityOfRecordSection(result),
      reviewSection(result),
      appendix(result),
    ],
  };
}
