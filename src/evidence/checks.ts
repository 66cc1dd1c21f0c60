import type { RunRecord } from "../engine/record.ts";
import { isRecovery } from "./recovery-time.ts";

export type CheckRecord = RunRecord["checks"][number];

/** These compare backups with each other and read nothing of what was restored. */
const COPY_CHECKS: ReadonlySet<string> = new Set(["snapshot-blocks"]);

/** Whether a check read what was restored, and not only the copy it was restored from. */
export function readsRestored({ check }: Pick<CheckRecord, "check">): boolean {
  return !COPY_CHECKS.has(check);
}

/** The checks that prove a recovery: passed, made while recovering or verifying, by a step that passed in the end. */
export function passedChecks(record: RunRecord): readonly CheckRecord[] {
  const proving = new Set(
    record.steps
      .filter(({ phase, outcome }) => isRecovery(phase) && outcome === "passed")
      .map(({ instance }) => instance),
  );
  return record.checks.filter(({ passed, instance }) => passed && proving.has(instance));
}

/**
 * Restored volumes that no proving check has read. A check whose step names no volume in its input might have read any of them: then
 * none is said to be unread.
 */
export function unreadVolumes(record: RunRecord): readonly string[] {
  const recovering = new Set(record.steps.filter(({ phase }) => isRecovery(phase)).map(({ instance }) => instance));
  const restored = record.ledger.flatMap(({ kind, id, step }) =>
    kind === "ec2.volume" && id !== undefined && recovering.has(step) ? [id] : [],
  );
  const steps = new Map(record.steps.map((step) => [step.instance, step]));
  const inputs = passedChecks(record)
    .filter(readsRestored)
    .map(({ instance }) => JSON.stringify(steps.get(instance)?.input ?? {}));
  if (inputs.some((input) => !input.includes('"vol-'))) return [];
  const read = new Set(inputs.flatMap((input) => input.match(/(?<=")vol-[0-9a-f]+(?=")/g) ?? []));
  return restored.filter((id) => !read.has(id));
}
