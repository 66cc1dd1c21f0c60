import type { AnyStepKind } from "../define-step.ts";
import { waitForAlarm } from "./wait-for-alarm.ts";

export const CLOUDWATCH_KINDS: readonly AnyStepKind[] = [waitForAlarm];
