import { link, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../time/clock.ts";
import { runScript, type ScriptOutcome } from "./script-run.ts";
import { STAND_IN_LIBRARY, STAND_INS } from "./stand-ins.ts";

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
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

/**
 * An instance as its own processes see it: a folder with `dev`, `mnt`, `run`, `tmp` and `bin`. Scripts run there unprivileged, with the folder
 * as `$INSTANCE_ROOT` (so a script that says `"$INSTANCE_ROOT/dev/…"` also runs on a real host, where that is empty).
 */
export class Host {
  readonly root: string;
  readonly #clock: Clock;
  readonly #off = new AbortController();
  #scripts = 0;

  private constructor(root: string, clock: Clock) {
    this.root = root;
    this.#clock = clock;
  }

  static async create(root: string, clock: Clock): Promise<Host> {
    for (const folder of [BY_ID, MOUNTS, "mnt", "run/scripts", "tmp", "bin"])
      await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, "bin/stand-in.sh"), STAND_IN_LIBRARY);
    for (const [name, source] of Object.entries(STAND_INS)) {
      await writeFile(join(root, "bin", name), `#!/bin/sh\n. "$INSTANCE_ROOT/bin/stand-in.sh"\n${source}`, {
        mode: 0o755,
      });
    }
    return new Host(root, clock);
  }

  /**
   * Makes a volume appear as the next free NVMe device: names follow the order of discovery, as on Nitro, and not the device name
   * that AttachVolume was given. The stable name is `dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol<hex>`.
   */
  async plug(volumeId: string, disk: string): Promise<void> {
    const taken = new Set(await readdir(join(this.root, "dev")));
    let number = 0;
    while (taken.has(`nvme${number}n1`)) number++;
    // A hard link, so that the device's canonical name stays inside of the host's tree.
    await link(disk, join(this.root, `dev/nvme${number}n1`));
    await symlink(`../../nvme${number}n1`, this.#byId(volumeId));
  }

  async unplug(volumeId: string): Promise<void> {
    const device = await this.#device(volumeId);
    if (device) await Promise.all([device, this.#byId(volumeId)].map((path) => rm(path, { force: true })));
  }

  /** Where the volume is mounted; undefined when it is not. */
  async mountedAt(volumeId: string): Promise<string | undefined> {
    const device = await this.#device(volumeId);
    const mounts = (await this.#mounts()).map((line) => line.split("\t"));
    return mounts.find(([mounted]) => device !== undefined && mounted?.endsWith(device.slice(this.root.length)))?.[1];
  }

  /** Runs a script with /bin/sh in the host's tree. Output is kept up to 96 kB a stream. */
  async run(command: HostCommand): Promise<ScriptOutcome> {
    const path = join(this.root, `run/scripts/${++this.#scripts}.sh`);
    await writeFile(path, command.script, { mode: 0o700 });
    return runScript(this.#clock, {
      path,
      directory: join(this.root, command.directory ?? ""),
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
    this.powerOff();
  }

  /** Kills every script still running. */
  powerOff(): void {
    this.#off.abort();
  }

  /** The lines of the mount table. One that is unmounted meanwhile is left out. */
  async #mounts(): Promise<readonly string[]> {
    const folder = join(this.root, MOUNTS);
    const lines = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
    );
    return lines.map((line) => line.trimEnd()).filter((line) => line !== "");
  }

  #byId(volumeId: string): string {
    return join(this.root, BY_ID, `nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}`);
  }

  async #device(volumeId: string): Promise<string | undefined> {
    const target = await readlink(this.#byId(volumeId)).catch(() => undefined);
    return target === undefined ? undefined : join(this.root, BY_ID, target);
  }
}
