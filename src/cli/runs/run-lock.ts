import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { Failure } from "../../engine/failure.ts";
import { readRegularFile } from "../../engine/regular-file.ts";
import { identityOf, isRunning } from "../../processes/process-identity.ts";
import { GAMEDAY_FOLDER } from "./run-folder.ts";

const ownerSchema = z.object({
  run: z.string(),
  host: z.string(),
  process: z.object({ pid: z.number(), started: z.string() }),
  released: z.boolean(),
});
type Owner = z.infer<typeof ownerSchema>;

export interface FolderLock {
  /** The lock's own folder: those who name the same one exclude each other. */
  readonly folder: string;
  readonly runId: string;
}

export interface LockRequest {
  /** The working directory: runs below the same one exclude each other. */
  readonly cwd: string;
  readonly drill: string;
  readonly account: string;
  readonly runId: string;
}

/**
 * Takes the lock of a drill in an account: one run at a time. The lock of a process that no longer exists is taken over at once.
 *
 * A lock is a folder of numbered generations, and the highest is the owner. A generation is claimed by link(2), which of many
 * takers lets one win; it is never reused, so a taker that has looked at an old owner cannot remove a new one.
 * Resolves with what gives the lock back, which never rejects. @throws Failure `locked` that names the owner.
 */
export async function takeRunLock(request: LockRequest): Promise<() => Promise<void>> {
  const folder = join(request.cwd, GAMEDAY_FOLDER, "locks", `${request.drill}-${request.account}`);
  return takeLock({ folder, runId: request.runId });
}

/**
 * Keeps everybody else from going on with a run, and its journal from being written by two. The lock is not in the run's folder: that
 * may be taken to another machine, where nobody can tell whether its process still lives.
 */
export async function holdRun(cwd: string, runId: string): Promise<() => Promise<void>> {
  return takeLock({ folder: runLockFolder(cwd, runId), runId });
}

/** {@link takeRunLock} for any folder. */
export async function takeLock(request: FolderLock): Promise<() => Promise<void>> {
  const { folder } = request;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = await describeOwner(request);
  const mine = await write(folder, owner);
  try {
    const generation = await claim(folder, mine);
    return () => release(folder, generation, { ...owner, released: true });
  } finally {
    await rm(mine, { force: true });
  }
}

/** A run that is going on: by its lock, and by its process being there. */
export interface AliveRun {
  readonly runId: string;
  readonly pid: number;
  readonly host: string;
  /** Its process is on this machine and was seen. One on another machine cannot be looked at, and counts as alive. */
  readonly seen: boolean;
  /** The lock's folder. */
  readonly lock: string;
}

/**
 * The runs below a working directory that are going on, by id: whoever holds the run, or its drill in its account. Looks, and takes
 * nothing. @throws what the machine says when a lock cannot be looked at: then nobody knows which runs are going on.
 */
export async function aliveRuns(cwd: string): Promise<ReadonlyMap<string, AliveRun>> {
  const locks = join(cwd, GAMEDAY_FOLDER, "locks");
  const ofDrills = await foldersIn(locks);
  const ofRuns = await foldersIn(join(locks, RUNS));
  const alive = new Map<string, AliveRun>();
  for (const lock of [...ofDrills, ...ofRuns]) {
    const owner = await holder(lock);
    if (!owner) continue;
    const seen = owner.host === hostname();
    alive.set(owner.run, { runId: owner.run, pid: owner.process.pid, host: owner.host, seen, lock });
  }
  return alive;
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await ifThere(readdir(folder, { withFileTypes: true }));
  return (entries ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

/** Undefined when there is no such file. Any other trouble is none of that: what cannot be looked at may be there. */
async function ifThere<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether a process holds the run, as {@link holdRun} has it. Looks, and takes nothing. */
export async function isHeld(cwd: string, runId: string): Promise<boolean> {
  return (await holder(runLockFolder(cwd, runId))) !== undefined;
}

async function holder(folder: string): Promise<Owner | undefined> {
  const top = (await ifThere(generations(folder)))?.at(-1);
  const owner = top === undefined ? undefined : await readOwner(folder, top);
  return owner && !owner.released && (await isAlive(owner)) ? owner : undefined;
}

function runLockFolder(cwd: string, runId: string): string {
  return join(cwd, GAMEDAY_FOLDER, "locks", RUNS, runId);
}

/** Among the locks of drills, the folder of those of single runs. */
const RUNS = "runs";

async function describeOwner({ runId }: FolderLock): Promise<Owner> {
  const me = await identityOf(process.pid);
  return { run: runId, host: hostname(), process: me ?? { pid: process.pid, started: "" }, released: false };
}

/** Complete before it becomes the lock: no reader ever sees half of one. Under a name of its own: two may go on with the same run. */
async function write(folder: string, owner: Owner): Promise<string> {
  const path = join(folder, `${owner.run}.${randomBytes(6).toString("hex")}.tmp`);
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(textOf(owner));
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return path;
}

async function claim(folder: string, mine: string): Promise<number> {
  for (;;) {
    const top = (await generations(folder)).at(-1) ?? 0;
    const owner = top === 0 ? undefined : await readOwner(folder, top);
    if (owner && !owner.released && (await isAlive(owner))) throw locked(folder, owner);
    if (!(await linkFree(mine, generationPath(folder, top + 1)))) continue;
    if (await isHighest(folder, top + 1)) return top + 1;
    await rm(generationPath(folder, top + 1), { force: true });
  }
}

/** A taker that was slow may have filled the gap that a faster one had cleaned up behind it. */
async function isHighest(folder: string, generation: number): Promise<boolean> {
  const all = await generations(folder);
  if (all.at(-1) !== generation) return false;
  await Promise.all(all.slice(0, -1).map((old) => rm(generationPath(folder, old), { force: true })));
  return true;
}

/** Both states of an owner are as long, so that one can be written over the other where the disk has no room for a second file. */
function textOf(owner: Owner): string {
  return JSON.stringify(owner).replace(/"released":true\}$/, '"released":true }');
}

/** What this process has given back, by path: true of it even where that could not be written down. */
const given = new Set<string>();

/**
 * The generation stays, marked, so that its number is not used again. Never rejects: where the mark cannot be written the end of this
 * process frees the lock, and what the caller has found out by then must not be lost for it.
 */
async function release(folder: string, generation: number, owner: Owner): Promise<void> {
  const path = generationPath(folder, generation);
  given.add(path);
  try {
    await rename(await write(folder, owner), path);
  } catch {
    await overwrite(path, textOf(owner)).catch(() => undefined);
  }
}

async function overwrite(path: string, text: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.write(text, 0);
  } finally {
    await file.close();
  }
}

async function generations(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => /^(\d{1,15})\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function generationPath(folder: string, generation: number): string {
  return join(folder, `${generation}.json`);
}

async function linkFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined when it has just been cleaned up, or is no owner: nobody who lives wrote it. @throws when it cannot be read. */
async function readOwner(folder: string, generation: number): Promise<Owner | undefined> {
  const path = generationPath(folder, generation);
  const bytes = await ifThere(readRegularFile(path));
  const owner = bytes && ownerSchema.safeParse(parsed(bytes.toString("utf8"))).data;
  return owner && { ...owner, released: owner.released || (given.has(path) && isThisProcess(owner)) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isThisProcess({ host, process: { pid } }: Owner): boolean {
  return host === hostname() && pid === process.pid;
}

/** A process on another machine (a shared folder) cannot be looked at: it counts as alive. */
async function isAlive(owner: Owner): Promise<boolean> {
  return owner.host !== hostname() || (await isRunning(owner.process));
}

function locked(folder: string, { run, host, process: { pid } }: Owner): Failure {
  const seen = host === hostname();
  return new Failure({
    code: "locked",
    message: seen
      ? `run ${run} of this drill is going on in this account: process ${pid} on ${host}`
      : `run ${run} of this drill may be going on in this account: process ${pid} on ${host}, which cannot be looked at from here`,
    fixer: "operator",
    next: seen
      ? `wait for it, or stop it: kill -INT ${pid}`
      : `wait for it, or stop it there: kill -INT ${pid}. If ${host} is gone for good: rm -r ${folder}`,
    consequence: "locked",
  });
}
