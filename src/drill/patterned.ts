import * as z from "zod";
import { parseDuration } from "../time/duration.ts";

const DURATION_HINT = "write whole numbers with units, largest first: 90s, 5m, 1h30m, 26h, 2d (at most 366d)";

interface Rule {
  readonly pattern: RegExp;
  /** Continues `"…" is `. */
  readonly error: string;
  readonly hint: string;
  /** Where the pattern does not say everything. */
  readonly test?: (text: string) => boolean;
}

/** A string with a pattern for editors, and an error with a hint for `validate`. */
export function patterned({ pattern, error, hint, test }: Rule) {
  return z
    .string()
    .meta({ pattern: pattern.source })
    .refine((text) => pattern.test(text) && (test?.(text) ?? true), { error, params: { hint } });
}

/** A length of time as drill files write it: 90s, 26h. */
export const duration = patterned({
  pattern: /^(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s)?(\d{1,6}ms)?$/,
  error: "not a duration",
  hint: DURATION_HINT,
  test: (text) => parseDuration(text) !== undefined,
});
