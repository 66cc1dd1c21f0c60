import type { RunOutcome } from "../../engine/events.ts";
import type { ResultVerdictWord } from "./schema.ts";
import type { Deviation } from "./schema-parts.ts";

const WORDS: Readonly<Record<RunOutcome, ResultVerdictWord>> = {
  passed: "PASS",
  unproven: "INCONCLUSIVE",
  "objective-missed": "FAIL",
  "verification-failed": "FAIL",
  failed: "FAIL",
  refused: "ABORTED",
  aborted: "ABORTED",
  "internal-error": "INCONCLUSIVE",
};

/** The word an auditor reads. A pass with anything worth a warning is one with deviations. */
export function reportWord(outcome: RunOutcome, deviations: readonly Deviation[]): ResultVerdictWord {
  const deviates = deviations.some(({ severity }) => severity !== "info");
  return outcome === "passed" && deviates ? "PASS WITH DEVIATIONS" : WORDS[outcome];
}
