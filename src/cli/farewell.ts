import { nameOf, remaining } from "../engine/ledger.ts";
import type { LedgerEntry } from "../engine/resource-kind.ts";

export interface Farewell {
  readonly runId: string;
  readonly ledger: readonly LedgerEntry[];
  /** The run's sandbox is in this process and ends with it. */
  readonly ownSandbox: boolean;
}

/** What the second interrupt prints: the process is left at once, so it says what that leaves behind. */
export function farewell({ runId, ledger, ownSandbox }: Farewell): string {
  const left = remaining(ledger).map((entry) => `  ${entry.kind} ${nameOf(entry)} in ${entry.region}`);
  if (ownSandbox) return lines("left at once; its sandbox ends with it: nothing remains");
  if (left.length === 0)
    return lines("left at once; the ledger is empty: nothing remains", `next: gameday resume ${runId}`);
  return lines(
    "left at once; still there:",
    ...left,
    `next: gameday resume ${runId}  (goes on, and tears down), or`,
    `      gameday cleanup ${runId} --yes  (only deletes)`,
  );
}

function lines(first: string, ...more: readonly string[]): string {
  return ["", `gameday: ${first}`, ...more, ""].join("\n");
}
