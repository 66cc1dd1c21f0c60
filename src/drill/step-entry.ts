import type { Phase } from "./drill.ts";
import type { SourceNode } from "./source-node.ts";
import type { StepKindSchema } from "./step-kind-schema.ts";

export type StepKindSchemas = ReadonlyMap<string, StepKindSchema>;

/** Gives at least the step kinds with these names; all there are, when one of them does not exist. */
export type StepKindLoader = (uses: ReadonlySet<string>) => Promise<StepKindSchemas>;

/** One step of the file as it was found, right or wrong. */
export interface FoundStep {
  readonly phase: Phase;
  /** Counts entries of all phases from the first: steps of one parallel group share theirs. */
  readonly order: number;
  readonly node: SourceNode;
  /** When it is a string, be it a valid id or not. */
  readonly id?: string;
  /** When `uses` names one. */
  readonly kind?: StepKindSchema;
}

/** For messages: the id, or the place in the file's order. */
export function stepName({ id, phase }: FoundStep): string {
  return id === undefined ? `a step of ${phase}` : `step ${id}`;
}

export function isForEach({ node }: FoundStep): boolean {
  return node.entries?.has("forEach") ?? false;
}
