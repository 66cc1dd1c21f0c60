import type { AnyStepKind } from "../define-step.ts";
import { humanConfirm } from "./confirm.ts";

export const HUMAN_KINDS: readonly AnyStepKind[] = [humanConfirm];
