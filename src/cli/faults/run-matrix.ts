import pLimit from "p-limit";
import { Failure } from "../../engine/failure.ts";
import { verdictOf } from "../../evidence/verdict.ts";
import type { DeclaredFault } from "../../sandbox/faults/fault.ts";
import { callsIn, planCells, type Cell } from "./cells.ts";
import { runCell, runCleanly, type CellPlace, type CellResult, type CleanRun } from "./run-cell.ts";

export interface MatrixRequest extends CellPlace {
  readonly faults: readonly DeclaredFault[];
  /** Patterns of operations; all when empty. */
  readonly only: readonly string[];
  /** How many runs at once. */
  readonly concurrency: number;
  /** Chooses among the cells; all of them when absent. */
  readonly choose?: (cells: readonly Cell[]) => readonly Cell[];
  onPlanned?(cells: readonly Cell[]): void;
  onResult?(result: CellResult): void;
}

export interface Matrix {
  readonly results: readonly CellResult[];
  /** The exit code of the signal that ended it early. */
  readonly interrupted?: number;
}

/**
 * Runs the drill without faults to learn which operations it calls, then once for each fault and operation.
 * @throws Failure `clean-run-failed`, `nothing-to-strike`
 */
export async function runMatrix(request: MatrixRequest): Promise<Matrix> {
  const clean = await runCleanly(request);
  assertPassed(clean, request);
  const planned = planCells(request.faults, callsIn(clean.log), request.only);
  const cells = request.choose?.(planned) ?? planned;
  if (cells.length === 0) throw nothingToStrike(request);
  request.onPlanned?.(cells);
  const limit = pLimit(request.concurrency);
  let interrupted: number | undefined;
  const results = await Promise.all(
    cells.map((cell) =>
      limit(async () => {
        if (interrupted !== undefined) return [];
        const result = await runCell(cell, request);
        if (result.outcome === "aborted" && SIGNALLED.has(result.exitCode)) interrupted = result.exitCode;
        else request.onResult?.(result);
        return interrupted === undefined ? [result] : [];
      }),
    ),
  );
  return { results: results.flat(), ...(interrupted === undefined ? {} : { interrupted }) };
}

/** 128 and the number of the signal. */
const SIGNALLED: ReadonlySet<number> = new Set([129, 130, 143]);

function assertPassed({ record, exitCode }: CleanRun, { drill }: MatrixRequest): void {
  if (exitCode === 0) return;
  throw new Failure({
    code: "clean-run-failed",
    message: `${drill.name} does not even pass without a fault (exit code ${exitCode}): faults would say nothing of it`,
    fixer: "drill author",
    next: `gameday rehearse ${drill.name}`,
    details: verdictOf(record).reasons,
  });
}

function nothingToStrike({ drill, only }: MatrixRequest): Failure {
  return new Failure({
    code: "nothing-to-strike",
    message: `${drill.name} calls no operation that these faults can strike${only.length > 0 ? ` among ${only.join(", ")}` : ""}`,
    fixer: "operator",
    next: `gameday rehearse ${drill.name} --faults all`,
  });
}
