import type { AnyStepKind } from "../define-step.ts";
import { launchHost } from "./launch-host.ts";

export const EC2_KINDS: readonly AnyStepKind[] = [launchHost];
