import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { kill as sendSignal } from "node:process";
import { createInterface } from "node:readline";
import { spawnApart } from "./spawn-apart.ts";

/** Programs of util-linux and the shell, by absolute path: a script could put others of their names on the PATH. */
export interface NamespaceTools {
  readonly unshare: string;
  readonly nsenter: string;
  readonly setpriv: string;
  readonly setsid: string;
}

export interface NamespaceFolders {
  /** The instance's own tree: writable, and at the same path as outside. */
  readonly root: string;
  /** What is run: readable. Outside of the tree, so that no script can turn it into a link to somewhere else. */
  readonly scripts: string;
  /** An empty folder to build the root directory on. */
  readonly view: string;
}

export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Everything that could undo what the namespace is made of is given up: mounts, other processes' memory, the network. What is left
 * is what a script does to its own files.
 */
const CAPABILITIES = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setuid,+setgid";

/**
 * The instance's root directory: the system's programs, and of /etc what they need to run. Folders that gameday itself goes through
 * are mounts of their own, which cannot be moved or replaced by links. Ends with its input, and everybody with it.
 *
 * Every mount but the instance's own tree is read-only, those below /usr too. Of /proc and of the devices this keeps root safe: the
 * namespace's root is the machine's to their files' owners and modes, and /proc/sys/kernel/core_pattern names a program that the
 * kernel starts outside of every namespace. No further user namespace, in which a script would have every capability again.
 */
const BUILD_ROOT = String.raw`set -eu
read -r pid rest < /proc/self/stat # /proc is still the machine's, and so is the number
root=$1 scripts=$2 view=$3 setpriv=$4
mount -t tmpfs -o size=256m,mode=755 none "$view"
cd "$view"
links=
for name in bin sbin lib lib32 lib64 libx32 usr; do
  if [ -L "/$name" ]; then links="$links /$name"
  elif [ -d "/$name" ]; then
    mkdir "$name"
    mount --rbind "/$name" "$name"
  fi
done
[ -z "$links" ] || cp -P $links .
mkdir -p etc dev proc tmp run var/tmp machine ".$root" ".$scripts"
files=
for name in alternatives ld.so.cache ld.so.conf ld.so.conf.d localtime nsswitch.conf; do
  if [ -e "/etc/$name" ]; then files="$files /etc/$name"; fi
done
[ -z "$files" ] || cp -RP $files etc/
printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' > etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' > etc/group
printf '127.0.0.1 localhost\n' > etc/hosts
for name in null zero full random urandom; do
  : > "dev/$name"
  mount --bind "/dev/$name" "dev/$name"
done
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t proc proc proc
echo 0 > proc/sys/user/max_user_namespaces
mount --bind "$scripts" ".$scripts"
while read -r mount parent device from escaped rest; do
  at=$(printf '%b' "$escaped")
  case "$at" in "$view"/*) mount -o remount,bind,ro "$at" ;; esac
done < "/proc/$pid/mountinfo"
mount --bind "$root" ".$root"
for name in dev dev/disk dev/disk/by-id run run/mounts; do mount --bind ".$root/$name" ".$root/$name"; done
pivot_root . machine
cd /
umount -l /machine
rmdir /machine
trap '' CHLD # orphans of scripts are nobody's to wait for
printf '%s\n' "$pid"
exec "$setpriv" --bounding-set=${CAPABILITIES} --no-new-privs cat > /dev/null`;

/** The scripts' argument zero, directory and file. */
const RUN_SCRIPT = `cd -- "$1" && exec /bin/sh "$2"`;

function killIfThere(pid: number): void {
  try {
    sendSignal(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Linux namespaces of one instance: a root directory, process numbers and a network of its own, which live as long as it does. */
export class InstanceNamespace {
  readonly #keeper: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #pid: string;
  readonly #tools: NamespaceTools;

  private constructor(keeper: ChildProcess, ended: Promise<unknown>, pid: string, tools: NamespaceTools) {
    this.#keeper = keeper;
    this.#ended = ended;
    this.#pid = pid;
    this.#tools = tools;
  }

  /** @throws Error with what a tool said, where the kernel does not let its user. */
  static async create(tools: NamespaceTools, { root, scripts, view }: NamespaceFolders): Promise<InstanceNamespace> {
    const own = ["--user", "--map-root-user", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"];
    const shell = ["/bin/sh", "-c", BUILD_ROOT, "instance", root, scripts, view, tools.setpriv];
    // Ends with this process, even where a script holds the reader of its input still.
    const keeper = spawnApart([tools.setpriv, "--pdeathsig", "KILL", tools.unshare, ...own, "--", ...shell], {
      cwd: "/",
      env: { PATH: SYSTEM_PATH, LC_ALL: "C" },
      // Never written to: its end, when this process ends in whatever way, is the namespace's end.
      stdin: "pipe",
    });
    const { stdin, stdout, stderr } = keeper;
    if (!stdin || !stdout || !stderr) throw new Error(`${tools.setpriv} was not started`);
    const ended = once(keeper, "exit").catch(() => undefined);
    stdin.on("error", () => undefined);
    let said = "";
    stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(0, 2_000)));
    const line = once(createInterface(stdout), "line").then(([text]) => String(text));
    const pid = await Promise.race([line, ended.then(() => undefined)]);
    if (pid === undefined) throw new Error(said.trim() || `${tools.unshare} ended at once`);
    keeper.unref();
    for (const stream of [stdin, stdout, stderr]) (stream as unknown as { unref(): void }).unref();
    return new InstanceNamespace(keeper, ended, pid, tools);
  }

  /** What runs a script of the scripts folder inside. */
  command(script: string, directory: string): readonly [file: string, ...args: string[]] {
    const into = ["--user", "--mount", "--pid", "--net", "--ipc", "--uts", "--preserve-credentials"];
    // A group of its own: a script that signals its group must not hit what waits for it outside.
    const unprivileged = [this.#tools.setsid, this.#tools.setpriv, `--bounding-set=${CAPABILITIES}`, "--no-new-privs"];
    const shell = ["/bin/sh", "-c", RUN_SCRIPT, "script", directory, script];
    // Ends with this process, too: it waits outside, and stops where the script does.
    const waiting = [this.#tools.setpriv, "--pdeathsig", "KILL", this.#tools.nsenter] as const;
    return [...waiting, ...into, "--target", this.#pid, "--", ...unprivileged, ...shell];
  }

  /** Kills everything in it, whoever started it and however it hid. */
  async end(): Promise<void> {
    this.#keeper.ref();
    // The first process of the namespace, which the kernel lets end after all others; the keeper has waited for it when it ends.
    if (this.#keeper.exitCode === null && this.#keeper.signalCode === null) killIfThere(Number(this.#pid));
    await this.#ended;
  }
}
