import { canStrike, means } from "../../sandbox/faults/operations.ts";
import type { DeclaredFault } from "../../sandbox/faults/fault.ts";
import type { LogEntry } from "../../sandbox/world.ts";

/** One run of the matrix: one fault at one operation. */
export interface Cell {
  readonly fault: DeclaredFault;
  /** `ec2:CreateVolume` */
  readonly operation: string;
}

/** The operations that a run without faults has called, in order, as the sandbox has logged them. */
export function callsIn(log: readonly LogEntry[]): readonly string[] {
  return log.filter(({ what }) => what === "call").map(({ id }) => id);
}

/** Every fault at every operation of a clean run that it can strike there. `only` narrows the operations; all when empty. */
export function planCells(
  faults: readonly DeclaredFault[],
  calls: readonly string[],
  only: readonly string[] = [],
): readonly Cell[] {
  return faults.flatMap((fault) => {
    const operations = [...new Set(callsSince(fault, calls))].sort();
    return operations
      .filter((operation) => canStrike(fault, operation) && (only.length === 0 || means(only, operation)))
      .map((operation) => ({ fault: { ...fault, on: [operation] }, operation }));
  });
}

function callsSince({ since }: DeclaredFault, calls: readonly string[]): readonly string[] {
  if (since === undefined) return calls;
  const first = calls.findIndex((operation) => means(since, operation));
  return first < 0 ? [] : calls.slice(first);
}
