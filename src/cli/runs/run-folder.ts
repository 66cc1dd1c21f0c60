import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isValid, ulid } from "ulid";
import { Failure } from "../../engine/failure.ts";
import { systemClock } from "../../time/system-clock.ts";

/** Below the working directory: everything gameday writes. */
export const GAMEDAY_FOLDER = ".gameday";

export interface RunFolder {
  /** A ULID. */
  readonly runId: string;
  /** Absolute. */
  readonly path: string;
}

/** Makes the folder of a new run. */
export async function createRunFolder(cwd: string): Promise<RunFolder> {
  const runId = ulid(Math.floor(systemClock.now()));
  const path = join(runsFolder(cwd), runId);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await keepOutOfGit(cwd);
  } catch (cause) {
    throw new Failure({
      code: "run-folder-not-writable",
      message: `cannot make the run's folder ${path}: ${(cause as Error).message}`,
      fixer: "operator",
      next:
        (cause as NodeJS.ErrnoException).code === "ENOSPC"
          ? "the disk is full: make room, or start gameday in a folder on another disk"
          : "start gameday in a folder you can write to",
      cause,
    });
  }
  return { runId, path };
}

const GITIGNORE = `# Written by gameday. Private keys and run folders never go into git; the ledger of runs may.
*
!/.gitignore
!/ledger.jsonl
`;

/** A private key is one `git add .` away from being published. A file that is there already is the user's own. */
export async function keepOutOfGit(cwd: string): Promise<void> {
  const path = join(cwd, GAMEDAY_FOLDER, ".gitignore");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, GITIGNORE, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** The folder of a run named by its id, the beginning of one, or `latest`. */
export async function findRunFolder(cwd: string, name: string): Promise<RunFolder> {
  const runs = await runIds(cwd);
  const matches = name === "latest" ? runs.slice(-1) : runs.filter((id) => id.startsWith(name.toUpperCase()));
  const [runId, another] = matches;
  if (runId === undefined || another !== undefined) throw notOneRun(name, runs, matches);
  return { runId, path: join(runsFolder(cwd), runId) };
}

/** All run ids, oldest first: a ULID sorts by its time. */
export async function runIds(cwd: string): Promise<string[]> {
  const names = await readdir(runsFolder(cwd)).catch(noneYet);
  return names.filter((name) => isValid(name)).sort();
}

/** A folder that is not there yet holds no run; one that may not be read is told. */
function noneYet(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}

/** Where a run's bundle is written at its end. */
export function bundlePath(run: RunFolder): string {
  return join(run.path, "bundle");
}

export function runsFolder(cwd: string): string {
  return join(cwd, GAMEDAY_FOLDER, "runs");
}

function notOneRun(name: string, runs: readonly string[], matches: readonly string[]): Failure {
  const what = matches.length > 1 ? `${matches.length} runs begin with` : "there is no run";
  return new Failure({
    code: "no-such-run",
    message: `${what} ${JSON.stringify(name)} in ${GAMEDAY_FOLDER}/runs`,
    fixer: "operator",
    next: runs.length > 0 ? `gameday report ${runs.at(-1)} (the newest run)` : "gameday rehearse",
  });
}
