import type { RunRecord } from "../engine/record.ts";
import { isRecovery } from "./recovery-time.ts";

export type CheckRecord = RunRecord["checks"][number];

/** The checks that prove a recovery: passed, made while recovering or verifying, by a step that passed in the end. */
export function passedChecks(record: RunRecord): readonly CheckRecord[] {
  const proving = new Set(
    record.steps
      .filter(({ phase, outcome }) => isRecovery(phase) && outcome === "passed")
      .map(({ instance }) => instance),
  );
  return record.checks.filter(({ passed, instance }) => passed && proving.has(instance));
}
