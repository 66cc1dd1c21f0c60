import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";
import { Failure } from "./failure.ts";

/** Without waiting for somebody to open the other end of a pipe. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The bytes of a regular file. A pipe in its place would be waited for without end, a device read without end.
 * @throws Failure `not-a-file`, or what the machine says (ENOENT, EACCES, …)
 */
export async function readRegularFile(path: string): Promise<Buffer> {
  const file = await open(path, READ);
  try {
    if (!(await file.stat()).isFile()) throw notAFile(path);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The same as text in UTF-8. */
export async function readRegularText(path: string): Promise<string> {
  return (await readRegularFile(path)).toString("utf8");
}

/** The same at once, for where there may be thousands. */
export function readRegularTextSync(path: string): string {
  const file = openSync(path, READ);
  try {
    if (!fstatSync(file).isFile()) throw notAFile(path);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/**
 * Opens a file of gameday's own to add to it or to cut it, at its very path: whoever shares the folder could have put a link there to
 * a file of somebody else's. `flags` as of open(2); made with `mode` where they say so.
 * @throws Failure `not-a-file`, or what the machine says
 */
export async function openOwnFile(path: string, flags: number, mode = 0o600): Promise<FileHandle> {
  const file = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, mode).catch(async (error) => {
    const there = await lstat(path).catch(() => undefined);
    throw there?.isSymbolicLink() ? notAFile(path, "a link") : error;
  });
  try {
    if (!(await file.stat()).isFile()) throw notAFile(path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function notAFile(path: string, what = "a folder, a pipe or a device"): Failure {
  return new Failure({
    code: "not-a-file",
    message: `${path} is ${what}, and should be a file`,
    fixer: "operator",
    next: `look at what is there: ls -ld ${path}`,
  });
}
