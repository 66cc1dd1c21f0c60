import type { RunRecord } from "../../engine/record.ts";
import { passedChecks, readsRestored } from "../checks.ts";
import { clockOffsetWarning } from "../clock-offset.ts";
import { measure, type Measurement } from "../measure.ts";
import { worstAbove } from "../recovery-point.ts";
import { deviationsOf } from "../result/deviations.ts";
import { reportWord } from "../result/report-word.ts";
import { verdictOf } from "../verdict.ts";
import type { Result } from "./statements.ts";
import { evidenceClassOf } from "./evidence-class.ts";

export type TestLists = Pick<Result, "result" | "passedTests" | "warnedTests" | "failedTests">;

type State = "passed" | "warned" | "failed" | undefined;

/**
 * A run as in-toto's test-result says it. PASSED takes a live run that passed without deviations; a rehearsal is WARNED at
 * best. What was not tested is in no list.
 */
export function testLists(record: RunRecord): TestLists {
  const tests = Object.entries(testStates(record));
  const namesOf = (wanted: State) => tests.filter(([, state]) => state === wanted).map(([name]) => name);
  const lists = { passedTests: namesOf("passed"), warnedTests: namesOf("warned"), failedTests: namesOf("failed") };
  return { result: resultWord(record, lists), ...lists };
}

function resultWord(record: RunRecord, { warnedTests, failedTests }: Omit<TestLists, "result">): Result["result"] {
  const verdict = verdictOf(record);
  const { outcome, leftovers } = verdict;
  if (outcome !== "passed" || leftovers.length > 0 || failedTests.length > 0) return "FAILED";
  const word = reportWord(outcome, deviationsOf(record, measure(record), verdict));
  return evidenceClassOf(record) === "live" && warnedTests.length === 0 && word === "PASS" ? "PASSED" : "WARNED";
}

function testStates(record: RunRecord): Readonly<Record<string, State>> {
  const { objectives, recovery, simulated, point } = measure(record);
  const { leftovers } = verdictOf(record);
  return {
    "live-evidence": simulated ? "warned" : "passed",
    recovery: recovery ? "passed" : "failed",
    integrity: integrity(record),
    ...Object.fromEntries(objectives.map((one) => [one.objective.toLowerCase(), objectiveState(one, record, point)])),
    teardown: leftovers.length === 0 ? "passed" : "failed",
  };
}

function integrity(record: RunRecord): State {
  if (record.checks.some(({ passed }) => !passed)) return "failed";
  return passedChecks(record).some(readsRestored) ? "passed" : "failed";
}

type Objective = Measurement["objectives"][number];

/** An RPO that is met at one moment, and that the schedule does not keep at another, or by clocks that are apart, is not met without a word. */
function objectiveState(
  { objective, targetMs, met, warnsOnly }: Objective,
  record: RunRecord,
  point: Measurement["point"],
): State {
  if (warnsOnly || met === undefined) return "warned";
  if (!met) return "failed";
  const { bySchedule, inPast } = worstAbove(targetMs, point);
  const doubt = bySchedule ?? inPast ?? clockOffsetWarning(record);
  return objective === "RPO" && doubt !== undefined ? "warned" : "passed";
}
