import { EXIT_CODES } from "../engine/exit-code.ts";
import { toFailureRecord, type FailureRecord } from "../engine/failure.ts";
import { printable } from "../drill/printable.ts";
import type { Io } from "./io.ts";

/** Prints what went wrong outside of a run, and returns the exit code for it. */
export function reportError(error: unknown, io: Io): number {
  const failure = toFailureRecord(error);
  io.stderr.write(`${failureLines(failure).map(printable).join("\n")}\n`);
  return exitCodeOf(failure);
}

/** What happened, its details, who can put it right and how: one line each. A slip of whoever typed the command names nobody. */
export function failureLines(failure: FailureRecord): readonly string[] {
  return [
    `gameday: ${failure.message}  [${failure.code}]`,
    ...(failure.details ?? []).map((line) => `  ${line}`),
    ...(failure.awsRequestId === undefined ? [] : [`  AWS request id: ${failure.awsRequestId}`]),
    ...(isSlip(failure) ? [] : [`  who can fix it: ${failure.fixer}`]),
    ...(failure.next === undefined ? [] : [`  next: ${failure.next}`]),
  ];
}

function isSlip(failure: FailureRecord): boolean {
  return failure.fixer === "operator" && exitCodeOf(failure) === EXIT_CODES.usage.code;
}

function exitCodeOf(failure: FailureRecord): number {
  if (failure.fixer === "gameday") return EXIT_CODES.internal.code;
  if (failure.code === "record-replaced") return EXIT_CODES.evidence.code;
  if (failure.code === "locked") return EXIT_CODES.locked.code;
  return failure.consequence === "refused" ? EXIT_CODES.refused.code : EXIT_CODES.usage.code;
}
