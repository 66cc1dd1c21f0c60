import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { didYouMean, listed } from "../../drill/nearest.ts";
import { Failure } from "../../engine/failure.ts";
import type { DeclaredFault } from "../../sandbox/faults/fault.ts";
import { FaultFileError, LONGEST_FAULT_FILE, readFaults } from "../../sandbox/faults/read-faults.ts";
import { packageFolder } from "../drills/drill-files.ts";

/** Everything that gameday ships. */
const ALL = "all";
const SUFFIX = ".yaml";

/**
 * The faults that an argument names: `all`, shipped sets, single faults of them, and files, separated by commas.
 * @throws Failure `no-such-faults`, `invalid-faults`
 */
export async function chooseFaults(argument: string, cwd: string): Promise<readonly DeclaredFault[]> {
  const shipped = await shippedSets();
  const chosen = new Map<string, DeclaredFault>();
  for (const name of argument.split(",").map((part) => part.trim())) {
    for (const fault of await faultsNamed(name, shipped, cwd)) chosen.set(fault.name, fault);
  }
  return [...chosen.values()];
}

type Sets = ReadonlyMap<string, readonly DeclaredFault[]>;

async function shippedSets(): Promise<Sets> {
  const folder = join(await packageFolder(), "faults");
  const files = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).sort();
  const sets = new Map<string, readonly DeclaredFault[]>();
  for (const file of files) sets.set(basename(file, SUFFIX), await faultsIn(join(folder, file)));
  return sets;
}

async function faultsNamed(name: string, shipped: Sets, cwd: string): Promise<readonly DeclaredFault[]> {
  const every = [...shipped.values()].flat();
  if (name === ALL) return every;
  const set = shipped.get(name) ?? every.filter((fault) => fault.name === name);
  if (set.length > 0) return set;
  const path = resolve(cwd, name);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return faultsIn(path, name);
  throw noSuchFaults(name, [ALL, ...shipped.keys()], every);
}

async function faultsIn(path: string, shown = path): Promise<readonly DeclaredFault[]> {
  if ((await stat(path)).size > LONGEST_FAULT_FILE) throw invalid(shown, [`longer than ${LONGEST_FAULT_FILE} bytes`]);
  try {
    return readFaults(shown, await readFile(path, "utf8")).faults;
  } catch (error) {
    if (error instanceof FaultFileError) throw invalid(shown, error.problems);
    throw error;
  }
}

function invalid(path: string, details: readonly string[]): Failure {
  return new Failure({
    code: "invalid-faults",
    message: `${path} declares no faults that could be injected`,
    fixer: "drill author",
    next: "put right what is listed; docs/faults.md has every kind of fault",
    details,
  });
}

function noSuchFaults(name: string, sets: readonly string[], faults: readonly DeclaredFault[]): Failure {
  const names = [...sets, ...faults.map((fault) => fault.name)];
  return new Failure({
    code: "no-such-faults",
    message: `there are no faults ${JSON.stringify(name)}: no set, no fault and no file of that name`,
    fixer: "operator",
    next: didYouMean(name, names, `sets at hand: ${listed(sets)}`),
  });
}
