import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getuid } from "node:process";
import type { Clock } from "../../time/clock.ts";
import { confinement } from "./confinement.ts";
import { InstanceNamespace, SYSTEM_PATH } from "./instance-namespace.ts";
import { runScript, type ScriptOutcome } from "./script-run.ts";
import { STAND_IN_LIBRARY, STAND_INS } from "./stand-ins.ts";

const BY_ID = "dev/disk/by-id";
/** The mount table: a file a mount. */
const MOUNTS = "run/mounts";

export interface HostCommand {
  readonly script: string;
  /** On the host's clock. */
  readonly timeoutMs: number;
  /** Real milliseconds that the script has in any case, however fast the clock goes: programs do not run faster on it. */
  readonly realMs?: number;
  /** Relative to the host's tree; an absolute path counts from its root. */
  readonly directory?: string;
  readonly signal?: AbortSignal;
}

export interface HostOptions {
  /** Scripts run even where nothing can keep root's from the machine. */
  readonly allowUnconfined?: boolean;
}

/**
 * An instance as its own processes see it: a folder with `dev`, `mnt`, `run`, `tmp` and `bin`. Scripts run with the folder as
 * `$INSTANCE_ROOT` (so a script that says `"$INSTANCE_ROOT/dev/…"` also runs on a real host, where that is empty), and where the
 * kernel has namespaces, see nothing of the machine but the system's programs.
 */
export class Host {
  readonly root: string;
  readonly #clock: Clock;
  readonly #options: HostOptions;
  /** By volume id. Only this is believed: a script can make anything of its own `dev`. */
  readonly #devices = new Map<string, string>();
  #namespace: Promise<InstanceNamespace | undefined> | undefined;
  readonly #off = new AbortController();
  #scripts = 0;

  private constructor(root: string, clock: Clock, options: HostOptions) {
    this.root = root;
    this.#clock = clock;
    this.#options = options;
  }

  static async create(root: string, clock: Clock, options: HostOptions = {}): Promise<Host> {
    for (const folder of [BY_ID, MOUNTS, "mnt", "tmp", "bin"]) await mkdir(join(root, folder), { recursive: true });
    for (const folder of Object.values(besides(root))) await mkdir(folder, { recursive: true });
    await writeFile(join(root, "bin/stand-in.sh"), STAND_IN_LIBRARY);
    for (const [name, source] of Object.entries(STAND_INS)) {
      await writeFile(join(root, "bin", name), `#!/bin/sh\n. "$INSTANCE_ROOT/bin/stand-in.sh"\n${source}`, {
        mode: 0o755,
      });
    }
    return new Host(root, clock, options);
  }

  /**
   * Makes a volume appear as the next free NVMe device: names follow the order of discovery, as on Nitro, and not the device name
   * that AttachVolume was given. The stable name is `dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol<hex>`.
   */
  async plug(volumeId: string, disk: string): Promise<void> {
    const taken = new Set(this.#devices.values());
    let number = 0;
    while (taken.has(this.#path(number))) number++;
    const device = this.#path(number);
    this.#devices.set(volumeId, device);
    await this.#clear(volumeId, device);
    // A hard link, so that the device's canonical name stays inside of the host's tree.
    await link(disk, device);
    await symlink(`../../nvme${number}n1`, this.#byId(volumeId));
  }

  async unplug(volumeId: string): Promise<void> {
    const device = this.#devices.get(volumeId);
    this.#devices.delete(volumeId);
    if (device) await this.#clear(volumeId, device);
  }

  /** Whatever a script has put in the place of a device goes with it: the kernel would not ask either. */
  async #clear(volumeId: string, device: string): Promise<void> {
    const places = [device, this.#byId(volumeId)];
    await Promise.all(places.map((path) => rm(path, { recursive: true, force: true })));
  }

  /** Where the volume is mounted; undefined when it is not. */
  async mountedAt(volumeId: string): Promise<string | undefined> {
    const device = this.#devices.get(volumeId);
    const mounts = (await this.#mounts()).map((line) => line.split("\t"));
    return mounts.find(([mounted]) => device !== undefined && mounted?.endsWith(device.slice(this.root.length)))?.[1];
  }

  /** Runs a script with /bin/sh in the host's tree. Output is kept up to 96 kB a stream. */
  async run(command: HostCommand): Promise<ScriptOutcome> {
    return this.#clock.during(async () => {
      const namespace = await (this.#namespace ??= this.#openNamespace());
      if (!namespace && isRoot() && !this.#options.allowUnconfined) return REFUSED;
      const path = join(besides(this.root).scripts, `${++this.#scripts}.sh`);
      await writeFile(path, command.script, { mode: 0o700 });
      return this.#runFile(path, command, namespace);
    });
  }

  #runFile(path: string, command: HostCommand, namespace: InstanceNamespace | undefined): Promise<ScriptOutcome> {
    const directory = join(this.root, command.directory ?? "");
    return runScript(this.#clock, {
      command: namespace?.command(path, directory) ?? ["/bin/sh", path],
      directory: namespace ? "/" : directory,
      environment: {
        PATH: `${join(this.root, "bin")}:${SYSTEM_PATH}`,
        HOME: this.root,
        TMPDIR: join(this.root, "tmp"),
        INSTANCE_ROOT: this.root,
        LC_ALL: "C.UTF-8",
      },
      timeoutMs: command.timeoutMs,
      realMs: command.realMs ?? 0,
      outputBytes: 96_000,
      signal: command.signal ? AbortSignal.any([command.signal, this.#off.signal]) : this.#off.signal,
    });
  }

  /** An orderly shutdown: what is mounted is written back first, then every script still running is killed. */
  async shutDown(): Promise<void> {
    if ((await this.#mounts()).length > 0) {
      await this.run({ script: "sync", timeoutMs: 60_000, realMs: 60_000 });
    }
    await this.powerOff();
  }

  /** Kills every script still running, and all that they have left running. */
  async powerOff(): Promise<void> {
    this.#off.abort();
    const namespace = await this.#namespace?.catch(() => undefined);
    await namespace?.end();
  }

  /** Takes the files of a host away that is off. */
  async remove(): Promise<void> {
    for (const folder of [this.root, ...Object.values(besides(this.root))])
      await rm(folder, { recursive: true, force: true });
  }

  async #openNamespace(): Promise<InstanceNamespace | undefined> {
    const confined = await confinement();
    if (confined.kind === "none") return undefined;
    return InstanceNamespace.create(confined.tools, { root: this.root, ...besides(this.root) });
  }

  #path(number: number): string {
    return join(this.root, `dev/nvme${number}n1`);
  }

  /** The lines of the mount table. One that is unmounted meanwhile is left out. */
  async #mounts(): Promise<readonly string[]> {
    const folder = join(this.root, MOUNTS);
    const lines = await Promise.all(
      (await readdir(folder, { withFileTypes: true }))
        // Anything else could lead elsewhere, or never come to an end.
        .filter((entry) => entry.isFile())
        .map(({ name }) => readFile(join(folder, name), "utf8").catch(() => "")),
    );
    return lines.map((line) => line.trimEnd()).filter((line) => line !== "");
  }

  #byId(volumeId: string): string {
    return join(this.root, BY_ID, `nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}`);
  }
}

/** Beside the host's tree, where no script can write. */
function besides(root: string) {
  return { scripts: `${root}.scripts`, view: `${root}.view` };
}

export function isRoot(): boolean {
  return getuid?.() === 0;
}

const REFUSED: ScriptOutcome = {
  exitCode: 126,
  ended: "by-itself",
  stdout: "",
  stderr:
    "gameday: scripts are not run as root where nothing keeps them from the machine; run gameday as another user, or with --allow-unconfined-scripts\n",
};
