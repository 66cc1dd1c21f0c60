import type { RunOutcome } from "../engine/events.ts";
import type { RunRecord } from "../engine/record.ts";
import { measure } from "./measure.ts";
import { deviationsOf } from "./result/deviations.ts";
import { reportWord } from "./result/report-word.ts";
import type { ResultVerdictWord } from "./result/schema.ts";
import { verdictOf } from "./verdict.ts";

/** What the outcome says beyond the verdict's word. */
const DETAILS: Readonly<Partial<Record<string, string>>> = {
  unproven: "unproven",
  "objective-missed": "objective missed",
  "verification-failed": "verification failed",
  refused: "refused",
  "internal-error": "internal error",
} satisfies Partial<Record<RunOutcome, string>>;

export function outcomeDetail(outcome: string): string | undefined {
  return Object.hasOwn(DETAILS, outcome) ? DETAILS[outcome] : undefined;
}

/** The word of reports and what it is short of: `PASS WITH DEVIATIONS`, `FAIL: objective missed`. */
export function wordWithDetail(word: ResultVerdictWord, outcome: string): string {
  const detail = outcomeDetail(outcome);
  return detail === undefined ? word : `${word}: ${detail}`;
}

/** The one word for a run's verdict, everywhere; a rehearsal's never stands alone: `PASS (simulated)`. */
export function verdictWord(record: RunRecord): string {
  const [measurement, verdict] = [measure(record), verdictOf(record)];
  const word = reportWord(verdict.outcome, deviationsOf(record, measurement, verdict));
  const words = wordWithDetail(word, verdict.outcome);
  return verdict.simulated ? `${words} (simulated)` : words;
}
