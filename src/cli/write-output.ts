import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { Failure } from "../engine/failure.ts";
import { GAMEDAY_FOLDER } from "./runs/run-folder.ts";

/**
 * Writes a file that the user has named, whole or not at all. Only a regular file is replaced: a link, a folder or a device never is,
 * and nothing where gameday keeps its own records.
 * @throws Failure `bad-output`
 */
export async function writeOutput(path: string, content: string, cwd: string): Promise<void> {
  if (path === "" || path.includes("\0")) throw bad(path, "it names no file");
  const named = resolve(cwd, path);
  const folder = await realpath(dirname(named)).catch(() => undefined);
  if (folder === undefined) throw bad(path, "its folder does not exist");
  if (folder.split(sep).includes(GAMEDAY_FOLDER)) throw bad(path, `${GAMEDAY_FOLDER} holds gameday's own records`);
  const target = join(folder, basename(named));
  const there = await lstat(target).catch(() => undefined);
  if (there && !there.isFile()) throw bad(path, "what is there is no regular file");
  const { default: writeFileAtomic } = await import("write-file-atomic");
  await writeFileAtomic(target, content).catch((cause: unknown) => {
    throw bad(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
}

function bad(path: string, why: string, cause?: unknown): Failure {
  return new Failure({
    code: "bad-output",
    message: `cannot write ${JSON.stringify(path)}: ${why}`,
    fixer: "operator",
    next: "name a file in a folder that exists; without --output the text goes to standard output",
    cause,
  });
}
