import type { ResourceKind } from "../../engine/resource-kind.ts";
import type { AnyStepKind } from "../../steps/define-step.ts";
import type { DrillServices } from "../../steps/services.ts";

/** What drills can use: the step kinds, and the resource kinds that clean up after them. */
export interface Library {
  readonly stepKinds: ReadonlyMap<string, AnyStepKind>;
  readonly resourceKinds: ReadonlyMap<string, ResourceKind<DrillServices>>;
}

/** The library that gameday ships. */
export async function shippedLibrary(): Promise<Library> {
  const [stepKinds, { RESOURCE_KINDS }] = await Promise.all([shippedStepKinds(), import("../../resources/all.ts")]);
  return { stepKinds, resourceKinds: RESOURCE_KINDS };
}

/** The part of it that checking drill files takes. */
export async function shippedStepKinds(): Promise<Library["stepKinds"]> {
  return (await import("../../steps/all.ts")).STEP_KINDS;
}
