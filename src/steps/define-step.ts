import type { z } from "zod";
import type { StepKind } from "../engine/step-kind.ts";
import type { DrillServices } from "./services.ts";

/** A step kind as the registry holds it. */
export type AnyStepKind = StepKind<DrillServices>;

/** Declares a step kind; exists for the types it infers from `input` and `output`. */
export function defineStep<I extends z.ZodObject, O extends z.ZodObject>(
  kind: StepKind<DrillServices, I, O>,
): AnyStepKind {
  return kind as unknown as AnyStepKind;
}
