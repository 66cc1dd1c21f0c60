import { chmod, copyFile, lstat, mkdir, readdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { Failure } from "../engine/failure.ts";
import { replaceFile } from "../engine/replace-file.ts";
import type { Json } from "../engine/resource-kind.ts";

/** Never copied: what Terraform keeps for itself, and above all any state: a drill starts from none. */
export const LEFT_OUT =
  /^(\.terraform|\.git|terraform\.tfstate\.d|crash(\..*)?\.log|\.terraform\.tfstate\.lock\.info|.*\.tfstate(\..*)?)$/;
/** Gone once nothing is left of the stack. */
const STRIPPED =
  /^(\.terraform|errored\.tfstate|crash(\..*)?\.log|.*\.tfstate\..*|.*\.tfvars(\.json)?|gameday-process\.json)$/;
/** Of Terraform and of OpenTofu. */
const CONFIGURATION = /\.(tf|tofu)(\.json)?$/;
const MOST_FILES = 5_000;

/**
 * Terraform lets later override files win, in the order of their names: the state stays in the working copy,
 * whatever backend the configuration names.
 */
const BACKEND_OVERRIDE = "zzzz_gameday_override.tf.json";
const VARIABLES_FILE = "zzzz_gameday.auto.tfvars.json";

/** The folder of a step instance's working copy, relative to the run's folder. */
export function workingCopyName(instance: string): string {
  return join("terraform", instance.replace(/\[(\d+)\]/g, ".$1").replace(/[^A-Za-z0-9._-]/g, "_"));
}

/**
 * The working copy's path, where it is a folder of the run's own or not there yet. Undefined where a link leads elsewhere: a run's
 * folder may have come from somebody else.
 */
export async function ownWorkingCopy(runFolder: string, name: string): Promise<string | undefined> {
  const path = join(runFolder, name);
  if (!(await exists(path))) return path;
  return (await realpath(path)) === join(await realpath(runFolder), name) ? path : undefined;
}

/** What is told of a stack in another folder. */
export function stackElsewhere(step: string, folder: unknown): Failure {
  return new Failure({
    code: "stack-elsewhere",
    message: `the Terraform stack of step ${step} is left alone: ${JSON.stringify(folder)} is no folder of the run's own`,
    fixer: "operator",
    next: "look at who made this run's journal: gameday never works in such a folder",
    retryable: false,
  });
}

/**
 * Copies a terraform directory to `target`, all or nothing. A copy that is there already, from an earlier attempt, is kept with its state.
 * Links are followed inside the directory only.
 */
export async function makeWorkingCopy(source: string, target: string): Promise<void> {
  if (await exists(target)) return;
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const root = await realpath(source);
  if (!(await readdir(root)).some((name) => CONFIGURATION.test(name))) {
    throw refused(`${source} holds no Terraform configuration: there is no .tf or .tf.json file in it`);
  }
  await copyFolder({ root, left: MOST_FILES }, [root], partial);
  await writeFile(join(partial, BACKEND_OVERRIDE), JSON.stringify({ terraform: { backend: { local: {} } } }));
  await rename(partial, target);
}

/** The variables reach Terraform in a file: arguments could be read by anybody on the machine. They win over all others. */
export async function writeVariables(folder: string, variables: Readonly<Record<string, Json>>): Promise<void> {
  await replaceFile(join(folder, VARIABLES_FILE), JSON.stringify(variables), 0o600);
}

/** Removes what may hold secrets or is large, once nothing of the stack is left. The state, which lists nothing any more, stays. */
export async function stripWorkingCopy(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => STRIPPED.test(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    // What cannot be looked at may be there.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

interface Copying {
  readonly root: string;
  left: number;
}

/** `trail`: the real folders from the root down to the one that is copied. A link back to one of them would have no end. */
async function copyFolder(copying: Copying, trail: readonly string[], to: string): Promise<void> {
  const from = trail.at(-1)!;
  for (const name of await readdir(from)) {
    if (LEFT_OUT.test(name)) continue;
    const source = await insideRoot(copying.root, join(from, name));
    const info = await stat(source);
    if (info.isDirectory()) {
      if (trail.includes(source)) throw refused(`${join(from, name)} links to a folder it is in`);
      await mkdir(join(to, name), { mode: 0o700 });
      await copyFolder(copying, [...trail, source], join(to, name));
    } else if (info.isFile()) {
      if (copying.left-- <= 0) throw refused(`${copying.root} has more than ${MOST_FILES} files`);
      await copyFile(source, join(to, name));
      await chmod(join(to, name), info.mode | 0o600);
    } else {
      throw refused(`${source} is neither a file nor a folder`);
    }
  }
}

async function insideRoot(root: string, path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) throw refused(`${path} is a link that leads nowhere`);
  if (real !== root && !real.startsWith(root + sep)) {
    throw refused(`${relative(root, path)} links out of the terraform directory, to ${real}`);
  }
  return real;
}

function refused(message: string): Failure {
  return new Failure({
    code: "terraform-directory",
    message,
    fixer: "drill author",
    next: "put everything the configuration needs into its directory",
  });
}
