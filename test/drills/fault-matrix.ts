import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Cell } from "../../src/cli/faults/cells.ts";
import { chooseFaults } from "../../src/cli/faults/fault-sets.ts";
import { runCell, type CellPlace, type CellResult } from "../../src/cli/faults/run-cell.ts";
import { runMatrix } from "../../src/cli/faults/run-matrix.ts";
import type { Drill } from "../../src/drill/drill.ts";
import { loadDrill } from "../../src/drill/load-drill.ts";
import { STEP_KINDS } from "../../src/steps/all.ts";
import type { TerraformSettings } from "../../src/terraform/settings.ts";
import { capturedIo } from "../cli/captured-io.ts";
import { recordFigures, stopwatch } from "../figures.ts";

/** Set by `npm run test:faults`: every fault at every operation, instead of a sample. */
export const EVERYTHING = process.env["GAMEDAY_FAULTS"] === "all";

const DRILLS = join(import.meta.dirname, "../../drills");

export interface MatrixPart {
  readonly drill: string;
  readonly faults: string;
  readonly terraform?: TerraformSettings;
  readonly concurrency?: number;
  readonly choose: (cells: readonly Cell[]) => readonly Cell[];
}

/** A part of a shipped drill's matrix, in a folder that goes with the test. */
export async function partOfMatrix(part: MatrixPart): Promise<readonly CellResult[]> {
  const place = await placeFor(part);
  const { results } = await runMatrix({
    ...place,
    faults: await chooseFaults(part.faults, place.io.cwd),
    only: [],
    concurrency: part.concurrency ?? 4,
    choose: part.choose,
  });
  return results;
}

/** One run of a shipped drill with a shipped fault at an operation. */
export async function oneCell(drill: string, fault: string, operation: string): Promise<CellResult> {
  const place = await placeFor({ drill });
  const [declared] = await chooseFaults(fault, place.io.cwd);
  return runCell({ fault: { ...declared!, on: [operation] }, operation }, place);
}

async function placeFor({ drill, terraform }: Pick<MatrixPart, "drill" | "terraform">): Promise<CellPlace> {
  const io = await capturedIo();
  const folder = await mkdtemp(join(tmpdir(), "gameday-faults-"));
  onTestFinished(async () => {
    await io[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  return { drill: await shipped(drill), terraform: terraform ?? { environment: {} }, folder, io };
}

async function shipped(name: string): Promise<Drill> {
  const path = join(DRILLS, name, "drill.yaml");
  const { drill } = await loadDrill(path, await readFile(path), STEP_KINDS);
  return drill!;
}

/** `count` of the items, by a seed, in their own order. */
export function sample<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  let state = seed || 1;
  const drawn = items.map((item, index) => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return { item, index, key: state >>> 0 };
  });
  const chosen = drawn.sort((a, b) => a.key - b.key).slice(0, count);
  return chosen.sort((a, b) => a.index - b.index).map(({ item }) => item);
}

/** What is wrong, in a form in which a failing test shows all of it. */
export function wrongIn(results: readonly CellResult[]): readonly string[] {
  return results.flatMap(({ fault, operation, problems }) =>
    problems.map((problem) => `${fault} at ${operation}: ${problem}`),
  );
}

const elapsed = stopwatch();

/** Prints what a part of the matrix came to, and records it for docs/reliability.md. */
export function report(battery: string, results: readonly CellResult[]): void {
  const ends = figures(results);
  process.stdout.write(`${battery}: ${ends}\n`);
  const failures = wrongIn(results).length;
  recordFigures({ battery, cases: results.length, failures, seconds: elapsed(), more: { ends } });
}

/** `515 runs: 401 passed (0), …`. */
function figures(results: readonly CellResult[]): string {
  const sums = new Map<string, number>();
  for (const { outcome, exitCode } of results) {
    const ending = `${outcome} (${exitCode})`;
    sums.set(ending, (sums.get(ending) ?? 0) + 1);
  }
  const struck = results.filter(({ strikes }) => strikes > 0).length;
  const endings = [...sums].sort((a, b) => b[1] - a[1]).map(([ending, count]) => `${count} ${ending}`);
  return `${results.length} runs, ${struck} struck: ${endings.join(", ")}`;
}
