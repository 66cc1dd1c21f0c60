import { ExpressionError } from "../drill/expression-error.ts";
import { machineFailure } from "./machine-failure.ts";

/** Who can put it right. */
export type Fixer = "drill author" | "operator" | "AWS" | "gameday";

export interface FailureDetails {
  /** Stable, kebab-case, for programs: `snapshot-error`, `checksum-mismatch`. */
  readonly code: string;
  /** What happened, in one line, with the resource id where there is one. */
  readonly message: string;
  readonly fixer: Fixer;
  /** The next thing to do: a command to type where there is one. */
  readonly next?: string;
  /** Further lines: diagnostics, differing blocks. */
  readonly details?: readonly string[];
  readonly resourceId?: string;
  readonly awsRequestId?: string;
  readonly cause?: unknown;
  /** What the failure means for the run; a plain step failure when absent. */
  readonly consequence?: FailureConsequence;
  /**
   * For a failed create: whether sending it again is `safe` (throttled: it had no effect) or only after looking for what it may
   * have made (`look-first`: no answer, 5xx). `later`: AWS said no for as long as something else is going on. `refused`: AWS said no, so nothing was made, and again would be no. Absent: nothing
   * is known of its effect, and again is of no use.
   */
  readonly again?: "safe" | "look-first" | "later" | "refused";
  /** False where another attempt of the step can only fail in the same way, whatever the step's `retry` says. */
  readonly retryable?: false;
}

/** `verification`: the data differ. `refused`: the guard said no. `timeout`: a time budget ran out. */
export type FailureConsequence = "verification" | "refused" | "locked" | "timeout" | "aborted";

/** A failure that a user can meet and somebody can fix. Any other error is a bug of gameday and is reported as one. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly details: FailureDetails;
  constructor(details: FailureDetails) {
    super(details.message, { cause: details.cause });
    this.details = details;
  }
}

/** The serialisable form of any error, the one shape journal and reports know. */
export interface FailureRecord {
  readonly code: string;
  readonly message: string;
  readonly fixer: Fixer;
  readonly next?: string;
  readonly details?: readonly string[];
  readonly resourceId?: string;
  readonly awsRequestId?: string;
  readonly consequence?: FailureConsequence;
  readonly retryable?: false;
}

export function toFailureRecord(error: unknown): FailureRecord {
  const failure = error instanceof Failure ? error.details : machineFailure(error);
  if (failure) {
    const { cause: _cause, again: _again, ...record } = failure;
    return record;
  }
  if (error instanceof ExpressionError) return expressionFailure(error);
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? (error.stack ?? "").split("\n").slice(1, 6) : [];
  return {
    code: "internal",
    message: `gameday has a bug: ${message}`,
    fixer: "gameday",
    next: "report it with this run's journal",
    details: stack.map((line) => line.trim()),
  };
}

function expressionFailure(error: ExpressionError): FailureRecord {
  return {
    code: error.code,
    message: `an expression of the drill file failed: ${error.message}`,
    fixer: "drill author",
    next: "correct the expression in the drill file, then gameday validate",
    details: error.caret,
  };
}
