import type { RunOutcome } from "../engine/events.ts";

/** How people read an outcome, everywhere. */
export const VERDICT_WORDS: Readonly<Record<RunOutcome, string>> = {
  passed: "PASSED",
  unproven: "UNPROVEN",
  "objective-missed": "OBJECTIVE MISSED",
  "verification-failed": "VERIFICATION FAILED",
  failed: "FAILED",
  refused: "REFUSED",
  aborted: "ABORTED",
  "internal-error": "INTERNAL ERROR",
};

/** The verdict's word; a rehearsal's never stands alone. */
export function verdictWord({
  outcome,
  simulated,
}: {
  readonly outcome: RunOutcome;
  readonly simulated: boolean;
}): string {
  return simulated ? `${VERDICT_WORDS[outcome]} (simulated)` : VERDICT_WORDS[outcome];
}
