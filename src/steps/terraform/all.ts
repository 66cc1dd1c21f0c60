import type { AnyStepKind } from "../define-step.ts";
import { terraformApply } from "./apply.ts";

export const TERRAFORM_KINDS: readonly AnyStepKind[] = [terraformApply];
