import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Host } from "../../../src/sandbox/hosts/host.ts";
import { readTold, renderScript } from "../../../src/steps/on-host/host-script.ts";
import { PIECE_VALUES } from "../../../src/steps/on-host/manifest-lines.ts";
import { VERIFY_SCRIPT } from "../../../src/steps/on-host/verify-script.ts";
import { deviceValues, type DeviceOf } from "../../../src/steps/on-host/volume-device.ts";
import { systemClock } from "../../../src/time/system-clock.ts";

const VOLUME = { volumeId: "vol-0a1b", device: "/dev/sdf" };
const TIMES = { timeoutMs: 900_000 };

/** A host with a volume that has a file system with one file. */
async function hostWithVolume(): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-verify-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const host = await Host.create(join(folder, "host"), systemClock);
  const disk = join(folder, "disk");
  await writeFile(disk, "");
  await truncate(disk, 2 ** 20);
  await host.plug(VOLUME.volumeId, disk);
  const fill = String.raw`set -e; dev="$INSTANCE_ROOT/dev/nvme0n1"; dir="$INSTANCE_ROOT/mnt/data"
mkdir "$dir"; mkfs.ext4 "$dev"; mount "$dev" "$dir"; echo ledger > "$dir/file"; umount "$dir"; rmdir "$dir"`;
  expect(await host.run({ script: fill, ...TIMES })).toMatchObject({ exitCode: 0 });
  return host;
}

/** Puts a program of the host's behind another one. */
async function replace(host: Host, name: string, script: string): Promise<void> {
  const path = join(host.root, "bin", name);
  await rename(path, `${path}.real`).catch(() => undefined);
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function verifying(device: Partial<DeviceOf> = {}): string {
  const values = {
    ...deviceValues({ ...VOLUME, ...device }),
    WAIT_SECONDS: "0",
    ...PIECE_VALUES,
    TURN: "run-step",
    TURN_NUMBER: "1",
    MODE: "files",
    ALGORITHM: "sha256",
    RAW_BYTES: "",
    EXPECT_ROOT: "",
    PATHS: ".",
    PROGRESS: "",
    PARTITION: "",
    SUBVOLUME: "5",
    REPLAY: "yes",
  };
  return renderScript({ values, body: VERIFY_SCRIPT }, "nonce");
}

async function verify(host: Host, device: Partial<DeviceOf> = {}) {
  const outcome = await host.run({ script: verifying(device), ...TIMES });
  return { ...outcome, told: readTold(outcome.stdout, "nonce") };
}

async function expectAsItWas(host: Host): Promise<void> {
  expect(await host.mountedAt(VOLUME.volumeId)).toBeUndefined();
  expect(await readdir(join(host.root, "mnt"))).toEqual([]);
}

describe("the script that verifies a volume takes its mount away", () => {
  it("when it has ended", async () => {
    const host = await hostWithVolume();
    expect(await verify(host)).toMatchObject({ exitCode: 0 });
    await expectAsItWas(host);
  });

  it("when a signal ends it after the mount has taken place and before mount has said so", async () => {
    const host = await hostWithVolume();
    await replace(host, "mount", '"$0.real" "$@" || exit; kill -TERM "$PPID"; exit 143');
    expect(await verify(host)).toMatchObject({ exitCode: 130 });
    await expectAsItWas(host);
  });

  it("when a signal ends it and all its children while it hashes", async () => {
    const host = await hostWithVolume();
    await replace(host, "sha256sum", "kill -TERM 0");
    expect(await verify(host)).toMatchObject({ exitCode: 130 });
    await expectAsItWas(host);
  });
});

describe("the script that verifies a volume finds its device", () => {
  it.each(["-ns-1", "_1"])("by udev's link that ends in %s", async (suffix) => {
    const host = await hostWithVolume();
    const link = join(host.root, "dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a1b");
    await rename(link, `${link}${suffix}`);
    expect(await verify(host)).toMatchObject({ exitCode: 0 });
  });

  it("by the serial that lsblk knows, where udev makes no links", async () => {
    const host = await hostWithVolume();
    await rm(join(host.root, "dev/disk/by-id"), { recursive: true });
    await replace(host, "lsblk", "echo 'nvme1n1 vol0a1b0'; echo 'nvme0n1 vol0a1b'");
    expect(await verify(host)).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ["/dev/sdf", "xvdf"],
    ["/dev/xvdf", "xvdf"],
    ["/dev/sda1", "xvda1"],
    ["/dev/sda1", "xvda"],
  ])("attached as %s: Xen's %s, where it is a whole device of the volume's size", async (device, name) => {
    const host = await onXen(name);
    await truncate(join(host.root, "dev", name), 2 ** 30);
    expect((await verify(host, { device, sizeGiB: 2 })).told.get("error")).toBe("no-device");
    expect(await verify(host, { device, sizeGiB: 1 })).toMatchObject({ exitCode: 0 });
    await mkdir(join(host.root, "sys/class/block", name), { recursive: true });
    await writeFile(join(host.root, "sys/class/block", name, "partition"), "1\n");
    expect((await verify(host, { device, sizeGiB: 1 })).told.get("error")).toBe("no-device");
  });
});

async function onXen(name: string): Promise<Host> {
  const host = await hostWithVolume();
  await rm(join(host.root, "dev/disk/by-id"), { recursive: true });
  await rename(join(host.root, "dev/nvme0n1"), join(host.root, "dev", name));
  return host;
}

describe("the script that verifies a volume says", () => {
  it("which program its host is without", async () => {
    const host = await hostWithVolume();
    const programs = join(host.root, "few");
    await mkdir(programs);
    for (const name of ["mktemp", "rm"]) await symlink(`/usr/bin/${name}`, join(programs, name));
    const env = { PATH: programs, INSTANCE_ROOT: host.root };
    const { stdout } = spawnSync("/bin/sh", ["-c", verifying()], { env, encoding: "utf8" });
    expect([...readTold(stdout, "nonce")]).toEqual([
      ["detail", "blkid"],
      ["error", "program-missing"],
    ]);
  });

  it("which file went while the files were hashed", async () => {
    const host = await hostWithVolume();
    await replace(host, "sha256sum", 'rm -f ./file; exec /usr/bin/sha256sum "$@"');
    const { told } = await verify(host);
    expect(told.get("error")).toBe("changed-while-hashed");
    expect(told.get("detail")).toContain("./file: No such file or directory");
    await expectAsItWas(host);
  });
});
