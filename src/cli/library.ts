import type { ResourceKind } from "../engine/resource-kind.ts";
import type { AnyStepKind } from "../steps/define-step.ts";
import type { DrillServices } from "../steps/services.ts";

/** What drills can use: the step kinds, and the resource kinds that clean up after them. */
export interface Library {
  readonly stepKinds: ReadonlyMap<string, AnyStepKind>;
  readonly resourceKinds: ReadonlyMap<string, ResourceKind<DrillServices>>;
}

/** The library that gameday ships. */
export async function shippedLibrary(): Promise<Library> {
  const [{ STEP_KINDS }, { RESOURCE_KINDS }] = await Promise.all([
    import("../steps/all.ts"),
    import("../resources/all.ts"),
  ]);
  return { stepKinds: STEP_KINDS, resourceKinds: RESOURCE_KINDS };
}
