import { globTest } from "../services/ec2/filters.ts";
import type { DeclaredFault } from "./fault.ts";
import { MAKERS } from "./made.ts";

/** What an operation is called in faults and in the log: `ec2:CreateVolume`. */
export function operationName({
  service,
  operation,
}: {
  readonly service: string;
  readonly operation: string;
}): string {
  return `${service}:${operation}`;
}

export function isRead(operation: string): boolean {
  return /:(Describe|Get|List)/.test(operation);
}

/** Whether one of the patterns means the operation. */
export function means(patterns: readonly string[], operation: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === "reads") return isRead(operation);
    if (pattern === "writes") return !isRead(operation);
    return globTest(pattern)(operation);
  });
}

const NEEDS_SOMETHING_MADE: ReadonlySet<DeclaredFault["does"]> = new Set(["hide", "stick", "fail"]);

/** Whether the fault can strike calls of the operation at all. */
export function canStrike(fault: DeclaredFault, operation: string): boolean {
  return means(fault.on, operation) && (!NEEDS_SOMETHING_MADE.has(fault.does) || Object.hasOwn(MAKERS, operation));
}
