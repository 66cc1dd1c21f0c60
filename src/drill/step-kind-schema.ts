import type { z } from "zod";
import type { Phase } from "./drill.ts";

/** What the drill file needs to know of a step kind to check an entry that `uses` it. */
export interface StepKindSchema {
  /** `<system>.<verb>`, for example `ebs.restore-volume`. */
  readonly uses: string;
  /** One sentence, present tense: what the step does. */
  readonly does: string;
  /** A strict object. */
  readonly input: z.ZodObject;
  /** The outputs that expressions of later steps can name. */
  readonly output: z.ZodObject;
  /** Phases the step may stand in; all of them when absent. */
  readonly phases?: readonly Phase[];
  /**
   * What is wrong with an input that only the drill's Regions show, as a zone of another Region. Called with the input as it stands in the
   * file, when it has the right shape; members may hold expressions.
   */
  misplaced?(input: Readonly<Record<string, unknown>>, regions: NamedRegions): readonly Misplaced[];
}

export interface NamedRegions {
  readonly primary: string;
  readonly dr: string;
}

export interface Misplaced {
  /** The member of the input. */
  readonly member: string;
  readonly message: string;
  readonly hint: string;
}
