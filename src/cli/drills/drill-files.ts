import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { didYouMean, listed } from "../../drill/nearest.ts";
import { LARGEST_DRILL } from "../../drill/source-text.ts";
import { Failure } from "../../engine/failure.ts";

/** The name of the file in a drill's folder. */
export const DRILL_FILE = "drill.yaml";

/** Below the working directory: where a project keeps its drills. */
export const DRILLS_FOLDER = "drills";

/**
 * The drill file that an argument names: a file, a folder with a `drill.yaml`, or the name of a drill below `./drills` or of
 * one that gameday ships. Relative to `cwd` where it lies below it.
 * @throws Failure `no-such-drill`
 */
export async function findDrill(argument: string, cwd: string): Promise<string> {
  const path = resolve(cwd, argument);
  const places = [path, join(path, DRILL_FILE)];
  if (isName(argument)) {
    const folders = [join(cwd, DRILLS_FOLDER), await shippedDrillsFolder()];
    places.push(...folders.map((folder) => join(folder, argument, DRILL_FILE)));
  }
  for (const place of places) if (isFile(place)) return shown(place, cwd);
  throw await noSuchDrill(argument, cwd);
}

/** The drill files below `./drills`; those that gameday ships when there is no such folder. Sorted by folder name. */
export async function allDrills(cwd: string): Promise<readonly string[]> {
  const own = drillsIn(join(cwd, DRILLS_FOLDER));
  const drills = own ?? drillsIn(await shippedDrillsFolder()) ?? [];
  return drills.map((path) => shown(path, cwd));
}

/** The bytes of a drill file; of one that is too large only as much as shows that it is. */
export async function readDrillFile(path: string, cwd: string): Promise<Uint8Array> {
  try {
    return readFirst(LARGEST_DRILL + 1, resolve(cwd, path));
  } catch (cause) {
    throw notReadable(path, cause);
  }
}

/** At once: nothing else goes on yet, and threads to read one file with take longer to start than it takes. */
function readFirst(most: number, path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const buffer = new Uint8Array(most);
    let length = 0;
    for (;;) {
      const bytesRead = readSync(file, buffer, length, most - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === most) return buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

function notReadable(path: string, cause: unknown): Failure {
  return new Failure({
    code: "drill-not-readable",
    message: `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    fixer: "operator",
    next: "check the file and its permissions",
    cause,
  });
}

function isName(argument: string): boolean {
  return /^[a-z0-9-]{1,63}$/u.test(argument);
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** Undefined when there is no such folder. */
function drillsIn(folder: string): readonly string[] | undefined {
  const names = namesIn(folder)?.toSorted();
  return names?.map((name) => join(folder, name, DRILL_FILE)).filter(isFile);
}

function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

function shown(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === "" || below.startsWith("..") ? path : below;
}

async function noSuchDrill(argument: string, cwd: string): Promise<Failure> {
  const folders = [join(cwd, DRILLS_FOLDER), await shippedDrillsFolder()];
  const paths = folders.flatMap((folder) => drillsIn(folder) ?? []);
  const names = [...new Set(paths.map((path) => nameOf(path)))];
  const whenNone = names.length === 0 ? "gameday init NAME writes one" : `drills at hand: ${listed(names)}`;
  return new Failure({
    code: "no-such-drill",
    message: `there is no drill ${JSON.stringify(argument)}: no such file, no folder with a ${DRILL_FILE}, no drill of that name`,
    fixer: "operator",
    next: didYouMean(argument, names, whenNone),
  });
}

function nameOf(path: string): string {
  return dirname(path).split(/[\\/]/u).at(-1) ?? path;
}

async function shippedDrillsFolder(): Promise<string> {
  return join(await packageFolder(), DRILLS_FOLDER);
}

let foundPackage: string | undefined;

/** Where gameday itself is installed: the folder of its package.json, wherever this module was bundled to. */
export async function packageFolder(): Promise<string> {
  if (foundPackage !== undefined) return foundPackage;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isFile(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  foundPackage = folder;
  return folder;
}
