import { resultOf, type Result } from "../../src/evidence/result/result.ts";
import { hostileRun } from "../evidence/hostile.ts";
import { recordOf, type Timed } from "../evidence/journaled.ts";
import { abortedWithLeftovers, cutOffRun, failedVerification, passedRehearsal, refusedRun } from "../evidence/runs.ts";

export const RUNS = {
  "passed-rehearsal": passedRehearsal,
  "failed-verification": failedVerification,
  refused: refusedRun,
  "aborted-with-leftovers": abortedWithLeftovers,
  "cut-off": cutOffRun,
  "hostile-names": hostileRun,
} satisfies Record<string, () => Timed[]>;

export function resultOfRun(name: keyof typeof RUNS): Result {
  return resultOf(recordOf(RUNS[name]()));
}
