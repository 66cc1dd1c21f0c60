import { lstat, mkdir, open, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { EXIT_CODES } from "../../engine/exit-code.ts";
import { Failure } from "../../engine/failure.ts";
import { DRILL_FILE, DRILLS_FOLDER, packageFolder } from "../drills/drill-files.ts";
import type { Io } from "../io.ts";
import { starterDrill, starterReadme } from "../drills/starter-drill.ts";

export interface InitOptions {
  /** The new drill's name, and that of its folder below `./drills`. */
  readonly name: string;
}

/** Writes a commented starter drill to `drills/NAME`. Never overwrites, never leaves the working directory. */
export async function init({ name }: InitOptions, io: Io): Promise<number> {
  requireName(name);
  const drills = join(io.cwd, DRILLS_FOLDER);
  await requirePlainFolder(drills, io.cwd);
  const folder = join(drills, name);
  await makeFolder(folder, name);
  await writeNew(join(folder, DRILL_FILE), starterDrill({ name, schema: await schemaPath(folder, io.cwd) }));
  await writeNew(join(folder, "README.md"), starterReadme(name));
  const path = join(DRILLS_FOLDER, name, DRILL_FILE);
  io.stdout.write(
    `wrote ${path}\nnext: edit it, then gameday validate ${name}, gameday plan ${name}, gameday rehearse ${name}\n`,
  );
  return EXIT_CODES.passed.code;
}

function requireName(name: string): void {
  if (/^[a-z0-9-]{1,63}$/u.test(name) && !name.startsWith("-")) return;
  const proposal = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, "-")
    .replace(/^-+|-+$/gu, "")
    .slice(0, 63);
  throw new Failure({
    code: "bad-drill-name",
    message: `${JSON.stringify(name)} cannot name a drill: 1 to 63 lower-case letters, digits and hyphens, no hyphen first`,
    fixer: "operator",
    next: proposal === "" ? "gameday init my-drill" : `gameday init ${proposal}`,
  });
}

/** A link could lead out of the working directory. */
async function requirePlainFolder(folder: string, cwd: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw cannotWrite(folder, cause);
  });
  const inside =
    (await lstat(folder)).isDirectory() && (await realpath(folder)) === join(await realpath(cwd), DRILLS_FOLDER);
  if (!inside) throw cannotWrite(folder, new Error("it is a link, not a folder"));
}

async function makeFolder(folder: string, name: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cannotWrite(folder, cause);
    throw new Failure({
      code: "drill-exists",
      message: `${join(DRILLS_FOLDER, name)} is there already, and nothing is overwritten`,
      fixer: "operator",
      next: `gameday init ${name.slice(0, 61)}-2`,
      cause,
    });
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx").catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function cannotWrite(path: string, cause: unknown): Failure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Failure({
    code: "cannot-write",
    message: `cannot write ${path}: ${why}`,
    fixer: "operator",
    next: "start gameday in a folder you can write to",
    cause,
  });
}

/** From the new drill to gameday's schema, when gameday is installed below the working directory; a path out of it would not travel. */
async function schemaPath(folder: string, cwd: string): Promise<string | undefined> {
  const schema = join(await packageFolder(), "schema", "drill.schema.json");
  const below = relative(cwd, schema);
  return below.startsWith("..") ? undefined : relative(folder, schema);
}
