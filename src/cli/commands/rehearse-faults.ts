import { rmdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Drill } from "../../drill/drill.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { formatDuration } from "../../time/duration.ts";
import { systemClock } from "../../time/system-clock.ts";
import { checkScriptsConfined } from "../aws/unconfined-scripts.ts";
import { chooseFaults } from "../faults/fault-sets.ts";
import { matrixLines } from "../faults/matrix.ts";
import type { CellResult } from "../faults/run-cell.ts";
import { usesTerraform } from "../faults/scratch.ts";
import { runMatrix } from "../faults/run-matrix.ts";
import type { Io } from "../io.ts";
import { GAMEDAY_FOLDER } from "../runs/run-folder.ts";
import { chooseDrill } from "./rehearse.ts";

export interface RehearseFaultsOptions {
  /** As the user named it; chosen by what the machine has when absent. */
  readonly drill?: string;
  /** Sets, faults and files, separated by commas. */
  readonly faults: string;
  /** Patterns of operations, separated by commas. */
  readonly on?: string;
  /** Every run as one line of JSON on standard output, and nothing else there. */
  readonly json?: boolean;
  readonly allowUnconfinedScripts?: boolean;
}

/** Rehearses a drill once for every fault at every AWS operation it calls, and prints how each run ended. */
export async function rehearseFaults(options: RehearseFaultsOptions, io: Io): Promise<number> {
  const faults = await chooseFaults(options.faults, io.cwd);
  const { drill, terraform } = await chooseDrill(options.drill, io);
  await checkScriptsConfined(options.allowUnconfinedScripts, io);
  const folder = join(io.cwd, GAMEDAY_FOLDER, "faults");
  const began = systemClock.monotonic();
  const progress = new Progress(io);
  const { results, interrupted } = await runMatrix({
    drill,
    terraform,
    folder,
    io,
    faults,
    allowUnconfinedScripts: options.allowUnconfinedScripts ?? false,
    only: options.on?.split(",").map((pattern) => pattern.trim()) ?? [],
    concurrency: concurrencyFor(drill),
    onPlanned: (cells) => progress.begin(drill, cells.length),
    onResult: (result) => {
      progress.show(result);
      if (options.json) io.stdout.write(`${JSON.stringify({ type: "run", ...result })}\n`);
    },
  });
  progress.end();
  const took = formatDuration(systemClock.monotonic() - began);
  const lines = [...matrixLines(faults, results), `it took ${took}`];
  if (options.json) io.stdout.write(`${JSON.stringify(summary(drill, results))}\n`);
  else io.stdout.write(`${lines.join("\n")}\n`);
  // Empty unless the journal of a run was kept.
  await rmdir(folder).catch(() => undefined);
  if (interrupted !== undefined) return interrupted;
  return results.every(({ problems }) => problems.length === 0) ? EXIT_CODES.passed.code : EXIT_CODES.internal.code;
}

/** Runs wait more for the disk than they compute. Terraform does not. */
function concurrencyFor(drill: Drill): number {
  return usesTerraform(drill) ? 2 : 2 * availableParallelism();
}

function summary({ name }: Drill, results: readonly CellResult[]) {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of results) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const undocumented = results.filter(({ problems }) => problems.length > 0).length;
  return { type: "matrix", drill: name, runs: results.length, outcomes, undocumented };
}

/** Says on standard error how far the matrix has come: in one line that changes on a terminal, now and then elsewhere. */
class Progress {
  readonly #io: Io;
  #runs = 0;
  #done = 0;
  #wrong = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  begin({ name }: Drill, runs: number): void {
    this.#runs = runs;
    this.#io.stderr.write(`${name} passes without faults; ${runs} runs with one fault each follow\n`);
  }

  show({ fault, operation, problems }: CellResult): void {
    this.#done++;
    if (problems.length > 0) this.#wrong++;
    const wrong = this.#wrong > 0 ? `, ${this.#wrong} not as documented` : "";
    const line = `${this.#done} of ${this.#runs} runs${wrong}: ${fault} at ${operation}`;
    if (this.#io.stderr.isTTY === true)
      this.#io.stderr.write(`\r\u001b[2K${line.slice(0, (this.#io.stderr.columns ?? 80) - 1)}`);
    else if (this.#done % 25 === 0) this.#io.stderr.write(`${line}\n`);
  }

  end(): void {
    if (this.#io.stderr.isTTY === true) this.#io.stderr.write("\r\u001b[2K");
  }
}
