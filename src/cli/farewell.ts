import { EXIT_CODES } from "../engine/exit-code.ts";
import { nameOf, remaining, unintended } from "../engine/ledger.ts";
import type { LedgerEntry } from "../engine/resource-kind.ts";

export interface Leaving {
  readonly runId: string;
  readonly ledger: readonly LedgerEntry[];
  /** The run's sandbox is in this process and ends with it. */
  readonly ownSandbox: boolean;
}

export interface Farewell {
  readonly words: string;
  /** Absent where nothing remains: then the signal's own code says all. */
  readonly exitCode?: number;
}

/** The second interrupt: the process is left at once, so it says what that leaves behind. */
export function farewell({ runId, ledger, ownSandbox }: Leaving): Farewell {
  if (ownSandbox) return { words: lines("left at once; its sandbox ends with it: nothing remains") };
  const left = remaining(ledger).map((entry) => `  ${entry.kind} ${nameOf(entry)} in ${entry.region}`);
  if (left.length === 0)
    return { words: lines("left at once; the ledger is empty: nothing remains", `next: gameday resume ${runId}`) };
  const words = lines(
    "left at once; still there:",
    ...left,
    `next: gameday resume ${runId}  (goes on, and tears down), or`,
    `      gameday cleanup ${runId} --yes  (only deletes)`,
  );
  return { words, ...(unintended(ledger).length > 0 ? { exitCode: EXIT_CODES.leftovers.code } : {}) };
}

function lines(first: string, ...more: readonly string[]): string {
  return ["", `gameday: ${first}`, ...more, ""].join("\n");
}
