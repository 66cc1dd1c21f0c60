import { join } from "node:path";
import { printable, printableJson } from "../../drill/printable.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { drillHistories, type DrillHistory } from "../../evidence/history/drill-history.ts";
import { readHistory } from "../../evidence/history/read-history.ts";
import { systemClock } from "../../time/system-clock.ts";
import { historyLines } from "../evidence/history-lines.ts";
import type { Io } from "../io.ts";
import { GAMEDAY_FOLDER } from "../runs/run-folder.ts";

export interface HistoryOptions {
  /** A drill's name; all drills when absent. */
  readonly drill?: string;
  readonly json?: boolean;
  readonly failOnRegression?: boolean;
  /** How many of the newest runs are listed; all are counted. */
  readonly last?: number;
}

/** All runs, drill by drill: what they measured, how many failed, whether the newest is slower, when the next is due. */
export async function history(options: HistoryOptions, io: Io): Promise<number> {
  const folder = join(io.cwd, GAMEDAY_FOLDER);
  const { runs, unreadable } = await readHistory({ runs: join(folder, "runs"), cache: join(folder, "history.jsonl") });
  for (const { run, why } of unreadable) io.stderr.write(`gameday: run ${run} is left out: ${printable(why)}\n`);
  const wanted = runs.filter(({ drill }) => options.drill === undefined || drill === options.drill);
  const drills = drillHistories(wanted);
  io.stdout.write(options.json ? `${printableJson(JSON.stringify(drills, undefined, 2))}\n` : table(drills, options));
  const regressed = options.failOnRegression === true && drills.some(({ regression }) => regression !== undefined);
  return regressed ? EXIT_CODES.regression.code : 0;
}

function table(drills: readonly DrillHistory[], { last = 20, drill }: HistoryOptions): string {
  if (drills.length === 0) return drill === undefined ? "no run yet\n" : `no run of ${printable(drill)} yet\n`;
  const lines = drills.map((one) => historyLines(one, { last, now: systemClock.now() }).map(printable).join("\n"));
  return `${lines.join("\n\n")}\n`;
}
