import { EXIT_CODES } from "../../engine/exit-code.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { InventoryItem } from "../../sandbox/gateway/sandbox-service.ts";
import type { Testimony } from "./witness.ts";

/** Exit codes that a rehearsed run may end with, whatever goes wrong around it. */
const DOCUMENTED: ReadonlySet<number> = new Set(
  (["passed", "verification", "objective", "step", "leftovers", "refused"] as const).map(
    (name) => EXIT_CODES[name].code,
  ),
);

/**
 * What is wrong with how a run has ended, by what the sandbox knows: none, or one line each. A run may fail, but it must end in a
 * documented way, never do a thing twice, never touch what is not its own, and name whatever it leaves behind.
 */
export function problemsOf(record: RunRecord, exitCode: number, testimony: Testimony): readonly string[] {
  const named = new Set((record.finished?.leftovers ?? []).map(({ id }) => id));
  const unnamed = testimony.remaining.filter(({ id }) => !named.has(id));
  return [
    ...(DOCUMENTED.has(exitCode)
      ? []
      : [`it ended with exit code ${exitCode}: ${record.finished?.failure?.message ?? "no reason"}`]),
    ...(exitCode !== EXIT_CODES.leftovers.code && testimony.remaining.length > 0
      ? [`it ended with exit code ${exitCode}, and there remain ${shown(testimony.remaining)}`]
      : unnamed.length > 0
        ? [`it does not name what remains: ${shown(unnamed)}`]
        : []),
    ...testimony.duplicates.map((ids) => `it made the same thing ${ids.length} times: ${ids.join(", ")}`),
    ...(testimony.missing.length > 0 ? [`it deleted what was not its own: ${shown(testimony.missing)}`] : []),
  ];
}

function shown(items: readonly InventoryItem[]): string {
  return items.map(({ type, id, region, state }) => `${type} ${id} in ${region} (${state})`).join(", ");
}
