import type { JsonValue } from "./json.ts";
import type { DrillPlan, ReporterName } from "./plan-schema.ts";

/** The four phases, in the order they run. They are the measurement: only `recover` and `verify` count toward the RTA. */
export const PHASES = ["prepare", "recover", "verify", "teardown"] as const;
export type Phase = (typeof PHASES)[number];

/** A checked drill file. Durations are milliseconds; templates may still hold `${{ }}` expressions. */
export interface Drill {
  readonly name: string;
  readonly description: string;
  readonly objectives: { readonly rtoMs?: number; readonly rpoMs?: number };
  readonly regions: DrillRegions;
  readonly safety: DrillSafety;
  /** What becomes of what a failed step leaves; it is torn down when absent. */
  readonly onFailure?: "keep" | "teardown";
  /** For how long it is meant to be kept. */
  readonly keepForMs?: number;
  readonly assumeRole?: { readonly roleArn: string; readonly externalId?: string };
  readonly controls: readonly string[];
  /** How often the drill is due, as the file says it: `monthly`, `quarterly`, `yearly` or a duration. */
  readonly cadence?: string;
  /** What people decided about the drill; only reports read it. */
  readonly plan?: DrillPlan;
  /** Reports to write besides those that always are. */
  readonly reporters?: readonly ReporterName[];
  readonly phases: Readonly<Record<Phase, readonly StepNode[]>>;
  readonly source: DrillSource;
}

export interface DrillRegions {
  readonly primary: string;
  readonly dr: string;
  /** Whether a call to the primary Region is refused from `recover` on. True unless the drill says otherwise. */
  readonly primaryLost: boolean;
}

export interface DrillSafety {
  /** The only AWS accounts this drill may run in: twelve digits each. */
  readonly accounts: readonly string[];
  /** The whole run, teardown not counted, is aborted after this time. */
  readonly maxDurationMs: number;
  /** Teardown's own time budget. */
  readonly teardownBudgetMs: number;
  /** Names (in the DR Region) or ARNs of CloudWatch alarms: one that goes to ALARM stops the run. */
  readonly stopAlarms?: readonly string[];
}

export interface DrillSource {
  /** Absolute path of the drill file. */
  readonly path: string;
  /** Absolute path of the folder of the drill file: what `directory:` inputs are relative to. */
  readonly folder: string;
  readonly text: string;
  /** Hex SHA-256 of the file's bytes. */
  readonly sha256: string;
}

export type StepNode = Step | ParallelGroup;

/** Steps that start together; the group ends when all have ended. */
export interface ParallelGroup {
  readonly parallel: readonly Step[];
}

export interface Step {
  readonly id: string;
  /** Where it stands in the drill file, from 1. */
  readonly line?: number;
  readonly uses: string;
  readonly name?: string;
  /** The input: a JSON tree whose strings may hold `${{ }}` expressions. */
  readonly with: Readonly<Record<string, unknown>>;
  /** An expression that yields a boolean; the step is skipped when it is false. */
  readonly if?: string;
  readonly timeoutMs?: number;
  /** A budget for this one step; missing it is a finding, not a failure. */
  readonly targetMs?: number;
  readonly retry?: StepRetry;
  /** A list, or a template that yields one; the step runs once for each entry, which it sees as `each.value` and `each.index`. */
  readonly forEach?: string | readonly JsonValue[];
  /** How many instances of a `forEach` run at once. */
  readonly concurrency?: number;
  /** The step may call the primary Region although it counts as lost. */
  readonly allowPrimary?: boolean;
}

export interface StepRetry {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  readonly delayMs: number;
}

export function isParallel(node: StepNode): node is ParallelGroup {
  return "parallel" in node;
}

/** Every step of a phase list in file order, those of parallel groups included. */
export function stepsOf(nodes: readonly StepNode[]): readonly Step[] {
  return nodes.flatMap((node) => (isParallel(node) ? node.parallel : [node]));
}
