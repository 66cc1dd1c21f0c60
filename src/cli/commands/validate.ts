import { checkDrill } from "../../drill/check-drill.ts";
import { printable } from "../../drill/printable.ts";
import { stepKindsFor } from "../../steps/of-systems.ts";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { allDrills, findDrill, readDrillFile } from "../drills/drill-files.ts";
import type { Io } from "../io.ts";
import type { Library } from "../drills/library.ts";
import { countOf, plural, writeDiagnostics } from "../drills/open-drill.ts";

export interface ValidateOptions {
  /** Files, folders or names; all drills in `./drills` when empty. */
  readonly drills: readonly string[];
}

/** Checks drill files: every problem to standard error, one line a drill to standard output. Exit code 2 when one is invalid. */
export async function validate(
  options: ValidateOptions,
  io: Io,
  library?: Pick<Library, "stepKinds">,
): Promise<number> {
  const stepKinds = library?.stepKinds ?? stepKindsFor;
  const paths = options.drills.length > 0 ? await named(options.drills, io) : await allDrills(io.cwd);
  if (paths.length === 0) {
    io.stderr.write("gameday: there is no drill in ./drills; gameday init NAME writes one\n");
    return EXIT_CODES.usage.code;
  }
  let invalid = 0;
  for (const path of paths) {
    const { parts, diagnostics } = await checkDrill(path, await readDrillFile(path, io.cwd), stepKinds);
    writeDiagnostics(diagnostics, io);
    const remarks = diagnostics.length > 0 ? ` (${countOf(diagnostics)})` : "";
    io.stdout.write(`${parts ? "ok     " : "invalid"} ${printable(path)}${remarks}\n`);
    if (!parts) invalid++;
  }
  if (invalid > 0) io.stderr.write(`gameday: ${plural(invalid, "drill")} of ${paths.length} invalid\n`);
  return invalid > 0 ? EXIT_CODES.usage.code : EXIT_CODES.passed.code;
}

async function named(drills: readonly string[], io: Io): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const drill of drills) paths.push(await findDrill(drill, io.cwd));
  return [...new Set(paths)];
}
