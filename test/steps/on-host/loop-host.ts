import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { readTold, renderScript } from "../../../src/steps/on-host/host-script.ts";
import { PIECE_VALUES } from "../../../src/steps/on-host/manifest-lines.ts";
import { VERIFY_SCRIPT } from "../../../src/steps/on-host/verify-script.ts";
import { deviceValues } from "../../../src/steps/on-host/volume-device.ts";
import { WRITE_MARKER_SCRIPT } from "../../../src/steps/on-host/write-marker-script.ts";

export const VOLUME = { volumeId: "vol-0a1b", device: "/dev/sdf" };
export const MARKER_TEXT = "the marker of a drill";

/** Why this machine cannot work with real file systems and loop devices; empty when it can. */
export function whyNoLoops(...programs: readonly string[]): string {
  if (process.getuid?.() !== 0) return "needs root";
  if (!existsSync("/dev/loop-control") || !existsSync("/dev/loop0")) return "needs loop devices";
  const folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
  const missing = ["losetup", "blkid", "findmnt", ...programs].find(
    (name) => !folders.some((folder) => existsSync(join(folder, name))),
  );
  return missing === undefined ? "" : `needs ${missing}`;
}

export function sh(script: string, ...given: readonly string[]): string {
  return execFileSync("sh", ["-ec", script, "sh", ...given], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A host's tree whose volume is a loop device with the bytes of an image. Everything is taken away when the test has ended. */
export class LoopHost {
  readonly root = mkdtempSync(join(tmpdir(), "gameday-loop-"));
  readonly image = join(this.root, "image");
  readonly device: string;
  #turn = 0;

  /** @param image is called with a path, and makes the image there. */
  constructor(image: (path: string) => void) {
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
    for (const folder of ["mnt", "tmp", "data", "run", "dev/disk/by-id"])
      mkdirSync(join(this.root, folder), { recursive: true });
    symlinkSync("/sys", join(this.root, "sys"));
    image(this.image);
    const loop = sh('losetup -f --show "$1"', this.image).trim();
    onTestFinished(() => void sh('partx -d "$1" 2> /dev/null || :; losetup -d "$1"', loop));
    onTestFinished(() => void sh('grep -o " $1/[^ ]*" /proc/self/mountinfo | xargs -r umount || :', this.root));
    this.device = this.#node(loop);
    symlinkSync(this.device, join(this.root, "dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a1b-ns-1"));
    this.#addPartitions(loop);
  }

  /** Nodes in the host's own tree: there may be no udev to make those of partitions. */
  #node(device: string): string {
    const name = device.slice(device.lastIndexOf("/") + 1);
    const [major = "", minor = ""] = readFileSync(`/sys/class/block/${name}/dev`, "utf8").trim().split(":");
    const path = join(this.root, "dev", name);
    sh('mknod "$1" b "$2" "$3"', path, major, minor);
    return path;
  }

  #addPartitions(loop: string): void {
    // The kernel need not know the kind of table, and forgets nothing by itself when the loop is taken away.
    sh('partx -d "$1" 2> /dev/null || :; partx -a "$1" 2> /dev/null || :', loop);
    for (const partition of sh('cd /sys/class/block && ls -d "$(basename "$1")"p* 2> /dev/null || :', loop).split("\n"))
      if (partition !== "") this.#node(`/dev/${partition}`);
  }

  /** Runs a script as SSM does, and returns what it told. */
  #run(body: string, values: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
    this.#turn++;
    const given = {
      ...deviceValues(VOLUME),
      ...PIECE_VALUES,
      TURN: `run-step${this.#turn}`,
      TURN_NUMBER: String(this.#turn),
      PROGRESS: "",
      PATHS: ".",
      PARTITION: "",
      ...values,
    };
    const script = join(this.root, "script.sh");
    writeFileSync(script, renderScript({ values: given, body }, "nonce"));
    const env = { PATH: process.env["PATH"], INSTANCE_ROOT: this.root };
    try {
      return readTold(
        execFileSync("sh", [script], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
        "nonce",
      );
    } catch (error) {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
      return new Map([...readTold(stdout, "nonce"), ["stderr", stderr]]);
    }
  }

  /**
   * Takes a mount of the host away, and waits until nobody has it any more: whatever makes a mount namespace of its own at that moment,
   * as every host of a sandbox does, has a copy of it for a while, with which the device cannot be mounted in another way.
   */
  async unmount(folder: string): Promise<void> {
    const path = join(this.root, folder);
    // A subvolume stands behind its device, in brackets.
    const device = sh('findmnt -no SOURCE "$1"', path).trim().replace(/\[.*$/, "");
    sh('umount "$1"', path);
    await expect.poll(() => isHeld(device)).toBe(false);
  }

  verify(mode: "files" | "raw-device", values: Readonly<Record<string, string>> = {}) {
    const defaults = { ALGORITHM: "sha256", RAW_BYTES: "", EXPECT_ROOT: "", SUBVOLUME: "5", REPLAY: "yes" };
    return this.#run(VERIFY_SCRIPT, { MODE: mode, ...defaults, ...values });
  }

  writeMarker(values: Readonly<Record<string, string>> = {}) {
    return this.#run(WRITE_MARKER_SCRIPT, { MARKER: MARKER_TEXT, RAW: "no", ...values });
  }
}

/** A mounted block device is its mount's alone. */
function isHeld(device: string): boolean {
  try {
    closeSync(openSync(device, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return true;
    throw error;
  }
}

export function markerIn(told: ReadonlyMap<string, string>): string | undefined {
  const found = [...told].find(([key]) => key.startsWith("marker-"));
  return found && Buffer.from(found[1], "base64").toString();
}
