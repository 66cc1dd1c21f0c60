import { PHASES, stepsOf } from "../../drill/drill.ts";
import type { Drill } from "../../drill/drill.ts";
import { printable } from "../../drill/printable.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { formatBudget } from "../../time/duration.ts";
import { allDrills } from "../drills/drill-files.ts";
import type { Io } from "../io.ts";
import { shippedLibrary } from "../drills/library.ts";
import type { Library } from "../drills/library.ts";
import { countOf, loadDrillFile } from "../drills/open-drill.ts";

/** Prints the drills at hand; one that is not valid is marked. */
export async function list(_options: object, io: Io, library?: Library): Promise<number> {
  const paths = await allDrills(io.cwd);
  const { stepKinds } = library ?? (await shippedLibrary());
  if (paths.length === 0) io.stdout.write("no drills in ./drills; gameday init NAME writes one\n");
  for (const path of paths) {
    const { drill, diagnostics } = await loadDrillFile(path, io.cwd, stepKinds);
    const lines = drill ? drillLines(drill) : [`INVALID: ${countOf(diagnostics)}; gameday validate ${path}`];
    const title = drill ? `${drill.name}  (${path})` : path;
    io.stdout.write([title, ...lines.map((line) => `  ${line}`)].map((line) => `${printable(line)}\n`).join(""));
  }
  return EXIT_CODES.passed.code;
}

function drillLines(drill: Drill): readonly string[] {
  const counts = PHASES.map((phase) => `${phase} ${stepsOf(drill.phases[phase]).length}`).join(" · ");
  return [firstLine(drill.description), `steps: ${counts}`, `objectives: ${objectivesOf(drill)}`];
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

/** `RTO 1h 00m 00s · RPO 26h 00m 00s`. */
export function objectivesOf({ objectives }: Drill): string {
  const parts = [
    objectives.rtoMs === undefined ? undefined : `RTO ${formatBudget(objectives.rtoMs)}`,
    objectives.rpoMs === undefined ? undefined : `RPO ${formatBudget(objectives.rpoMs)}`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(" · ") : "none";
}
