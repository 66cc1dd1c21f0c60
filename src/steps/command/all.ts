import type { AnyStepKind } from "../define-step.ts";
import { commandRun } from "./run.ts";

export const COMMAND_KINDS: readonly AnyStepKind[] = [commandRun];
