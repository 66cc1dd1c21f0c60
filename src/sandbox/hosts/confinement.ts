import { accessSync, constants } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { platform } from "node:process";
import { spawnSync } from "node:child_process";
import { InstanceNamespace, SYSTEM_PATH, type NamespaceTools } from "./instance-namespace.ts";

/** What keeps the scripts of hosts from the machine they run on. */
export type Confinement =
  | { readonly kind: "namespaces"; readonly tools: NamespaceTools }
  /** Nothing: scripts see and may do what the user who runs gameday may. */
  | { readonly kind: "none"; readonly because: string };

let found: Promise<Confinement> | undefined;

/** Whether scripts can be confined here; tried out once in the life of the process. */
export function confinement(): Promise<Confinement> {
  return (found ??= tryOut());
}

async function tryOut(): Promise<Confinement> {
  if (platform !== "linux") return { kind: "none", because: `${platform} has no namespaces` };
  const [unshare, nsenter, setpriv, setsid] = ["unshare", "nsenter", "setpriv", "setsid"].map(absolute);
  if (unshare === undefined || nsenter === undefined || setpriv === undefined || setsid === undefined)
    return { kind: "none", because: "unshare, nsenter, setpriv and setsid of util-linux are not all here" };
  const tools = { unshare, nsenter, setpriv, setsid };
  const folder = await mkdtemp(join(tmpdir(), "gameday-confinement-"));
  try {
    const because = await complaint(tools, folder);
    return because === undefined ? { kind: "namespaces", tools } : { kind: "none", because };
  } catch (error) {
    return { kind: "none", because: (error as Error).message };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Leaves only if it can neither see the user's files nor write the system's or the kernel's, nor get a namespace with more rights. */
const TRIAL = `[ ! -e /root ] && [ ! -e /home ] && ! touch /usr/.gameday 2> /dev/null && [ -r /proc/self/stat ] &&
  [ ! -w /proc/sys/kernel/core_pattern ] && ! unshare --user true 2> /dev/null\n`;

async function complaint(tools: NamespaceTools, folder: string): Promise<string | undefined> {
  const folders = { root: join(folder, "root"), scripts: join(folder, "scripts"), view: join(folder, "view") };
  for (const path of ["root/dev/disk/by-id", "root/run/mounts", "root/tmp", "scripts", "view"])
    await mkdir(join(folder, path), { recursive: true });
  const script = join(folders.scripts, "trial.sh");
  await writeFile(script, TRIAL);
  const namespace = await InstanceNamespace.create(tools, folders);
  try {
    const [file, ...args] = namespace.command(script, "/");
    const { status, stderr } = spawnSync(file, args, { env: { PATH: SYSTEM_PATH }, encoding: "utf8", cwd: "/" });
    return status === 0 ? undefined : stderr.trim() || "what was tried out was not confined";
  } finally {
    await namespace.end();
  }
}

function absolute(name: string): string | undefined {
  return SYSTEM_PATH.split(":")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
