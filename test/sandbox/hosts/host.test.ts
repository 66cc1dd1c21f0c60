import { mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Host } from "../../../src/sandbox/hosts/host.ts";
import { systemClock } from "../../../src/time/system-clock.ts";
import { VirtualClock } from "../../../src/time/virtual-clock.ts";

const MIB = 2 ** 20;
let folder: string;
let host: Host;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameday hosts-"));
  host = await Host.create(join(folder, "host"), systemClock);
});
afterEach(async () => {
  host.powerOff();
  await rm(folder, { recursive: true });
});

async function plug(volumeId: string, bytes = 8 * MIB): Promise<string> {
  const disk = join(folder, volumeId);
  await writeFile(disk, "");
  await truncate(disk, bytes);
  await host.plug(volumeId, disk);
  return disk;
}

async function sh(script: string) {
  const { exitCode, stdout, stderr } = await host.run({ script, timeoutMs: 900_000 });
  return { exitCode, stdout: stdout.replaceAll(host.root, ""), stderr: stderr.replaceAll(host.root, "") };
}
const outputOf = async (script: string) => (await sh(script)).stdout;

describe("a host", () => {
  it("runs scripts with sh in its own tree, with the stand-ins first on the PATH", async () => {
    expect(await outputOf('pwd; command -v mount; echo "$HOME$INSTANCE_ROOT"')).toBe("\n/bin/mount\n\n");
  });

  it("lets scripts mount and unmount at the same time", async () => {
    const volumes = ["vol-a", "vol-b", "vol-c", "vol-d", "vol-e", "vol-f"];
    for (const id of volumes) await plug(id);
    const scripts = volumes.map(
      (_, index) => `set -e; dev="$INSTANCE_ROOT/dev/nvme${index}n1"; dir="$INSTANCE_ROOT/mnt/${index}"
mkdir "$dir"; mkfs.ext4 "$dev"
for round in 1 2 3; do mount -o ro "$dev" "$dir"; umount "$dir"; done`,
    );
    const ended = await Promise.all(scripts.map((script) => sh(script)));
    expect(ended).toEqual(volumes.map(() => ({ exitCode: 0, stdout: "", stderr: "" })));
    expect(await outputOf("mount")).toBe("");
  });

  it("reports how a script ended and what it printed", async () => {
    expect(await sh("echo out; echo err >&2; exit 3")).toEqual({ exitCode: 3, stdout: "out\n", stderr: "err\n" });
  });

  it("kills the whole process group when time is up", async () => {
    const clock = new VirtualClock({ jumps: false, speed: 1_000 });
    const slow = await Host.create(join(folder, "slow"), clock);
    const running = slow.run({ script: "sleep 600 & sleep 600", timeoutMs: 60_000 });
    expect(await running).toMatchObject({ ended: "timed-out", exitCode: undefined });
  });

  it("gives a script the real time it needs, however fast the clock goes", async () => {
    const clock = new VirtualClock({ jumps: false, speed: 100_000 });
    const fast = await Host.create(join(folder, "fast"), clock);
    const run = { script: "sleep 0.1", timeoutMs: 60 };
    expect(await fast.run(run)).toMatchObject({ ended: "timed-out" });
    expect(await fast.run({ ...run, realMs: 900_000 })).toMatchObject({ ended: "by-itself", exitCode: 0 });
  });

  it("kills its scripts when it is switched off", async () => {
    const running = host.run({ script: "sleep 600", timeoutMs: 900_000 });
    host.powerOff();
    expect(await running).toMatchObject({ ended: "cancelled" });
  });

  it("reads endless output without keeping it", async () => {
    const { stdout, exitCode } = await host.run({
      script: "head -c 3000000 /dev/zero | tr '\\0' x",
      timeoutMs: 900_000,
    });
    expect([exitCode, stdout.length]).toEqual([0, 96_000]);
  });
});

describe("devices", () => {
  it("are named in the order of discovery and found by volume id", async () => {
    await plug("vol-0000000000000000a");
    await plug("vol-0000000000000000b");
    const byId = '"$INSTANCE_ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0000000000000000b"';
    expect(await outputOf(`readlink -f ${byId}`)).toBe("/dev/nvme1n1\n");
    expect(await outputOf("lsblk -dno NAME,SERIAL,TYPE")).toBe(
      "nvme0n1 vol0000000000000000a disk\nnvme1n1 vol0000000000000000b disk\n",
    );
    await host.unplug("vol-0000000000000000a");
    expect(await outputOf("lsblk -n -o NAME")).toBe("nvme1n1\n");
    await plug("vol-0000000000000000c");
    expect(await outputOf(`blockdev --getsize64 ${byId}; lsblk -n -o NAME,SERIAL -d`)).toBe(
      "8388608\nnvme0n1 vol0000000000000000c\nnvme1n1 vol0000000000000000b\n",
    );
  });

  it("come and go whatever scripts have put in their places", async () => {
    const byId = "dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0000000000000000a";
    await sh(`cd "$INSTANCE_ROOT" && mkdir -p dev/nvme0n1/in/it && ln -s /nowhere ${byId}`);
    const disk = await plug("vol-0000000000000000a");
    expect((await stat(join(host.root, byId))).ino).toBe((await stat(disk)).ino);
    await sh(`cd "$INSTANCE_ROOT" && rm dev/nvme0n1 ${byId} && mkdir -p dev/nvme0n1/in ${byId}/in`);
    await host.unplug("vol-0000000000000000a");
    expect(await outputOf('ls "$INSTANCE_ROOT"/dev "$INSTANCE_ROOT"/dev/disk/by-id')).not.toContain("nvme");
    expect((await stat(disk)).size).toBe(8 * MIB);
  });

  it("have no file system before one is made", async () => {
    await plug("vol-a");
    const device = '"$INSTANCE_ROOT/dev/nvme0n1"';
    expect(await sh(`blkid -o value -s TYPE ${device}`)).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await sh(`mount ${device} "$INSTANCE_ROOT/mnt"`)).toMatchObject({ exitCode: 32 });
    expect(await outputOf(`mkfs.ext4 -q ${device} && blkid -o value -s TYPE ${device}`)).toBe("ext4\n");
    expect(await outputOf(`blkid ${device}; lsblk -n -o FSTYPE ${device}`)).toBe('/dev/nvme0n1: TYPE="ext4"\next4\n');
  });
});

describe("file systems", () => {
  const DEVICE = '"$INSTANCE_ROOT/dev/nvme0n1"';
  const DIR = '"$INSTANCE_ROOT/mnt/d"';
  const MOUNTED = `set -e; mkdir -p ${DIR}; mkfs.ext4 ${DEVICE}; mount ${DEVICE} ${DIR};`;

  it("keep what was synced, and lose what was not", async () => {
    const disk = await plug("vol-a");
    await sh(`${MOUNTED} echo one > ${DIR}/one; sync; echo two > ${DIR}/two`);
    const other = await Host.create(join(folder, "other"), systemClock);
    await other.plug("vol-a", disk);
    const seen = await other.run({
      script: `mkdir ${DIR}; mount -o ro,noload ${DEVICE} ${DIR}; ls ${DIR}`,
      timeoutMs: 900_000,
    });
    expect(seen.stdout).toBe("one\n");
  });

  it.each(["umount", "fsfreeze -f"])("are written back by %s", async (command) => {
    const disk = await plug("vol-a");
    await sh(`${MOUNTED} echo one > ${DIR}/one; ${command} ${DIR}`);
    expect((await sh(`tar -tf "$INSTANCE_ROOT/dev/nvme0n1"`)).stdout).toBe("./\n./one\n");
    expect((await stat(disk)).size).toBe(8 * MIB);
  });

  it("are read-only when mounted so, and leave the device as it is", async () => {
    const disk = await plug("vol-a");
    await sh(`${MOUNTED} echo one > ${DIR}/one; umount ${DIR}`);
    const { mtimeNs } = await stat(disk, { bigint: true });
    const ro = await sh(
      `mount -t ext4 -o ro,noload ${DEVICE} ${DIR}; ls -l ${DIR}/one; rm -f ${DIR}/one; umount ${DIR}`,
    );
    expect(ro).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^-r--r--r--/) });
    expect((await stat(disk, { bigint: true })).mtimeNs).toBe(mtimeNs);
  });

  it("know where they are mounted", async () => {
    await plug("vol-a");
    await sh(MOUNTED);
    expect(await host.mountedAt("vol-a")).toBe(join(host.root, "mnt/d"));
    const script = `findmnt -n -o TARGET -S ${DEVICE}; findmnt -no SOURCE,FSTYPE,OPTIONS --target ${DIR}; mountpoint -q ${DIR} && echo yes`;
    expect(await outputOf(script)).toBe("/mnt/d\n/dev/nvme0n1 ext4 rw\nyes\n");
    expect(await sh(`umount ${DEVICE}; findmnt -n -o TARGET -S ${DEVICE}`)).toMatchObject({ exitCode: 1, stdout: "" });
    expect(await host.mountedAt("vol-a")).toBeUndefined();
  });

  it("refuse what a real one refuses", async () => {
    await plug("vol-a", 64 * 1024);
    const { stderr } = await sh(`${MOUNTED} head -c 100000 /dev/zero > ${DIR}/big; sync`);
    expect(stderr).toBe("sync: /mnt/d: No space left on device\n");
    expect(await sh(`mount ${DEVICE} "$INSTANCE_ROOT/tmp"`)).toMatchObject({ exitCode: 32 });
    expect(await sh(`umount "$INSTANCE_ROOT/tmp"`)).toMatchObject({ exitCode: 32 });
    expect(await sh(`mkfs.ext4 ${DEVICE}`)).toMatchObject({ exitCode: 1 });
    expect(await sh(`mount "$INSTANCE_ROOT/dev/nope" ${DIR}`)).toMatchObject({ exitCode: 32 });
  });

  it("with a damaged start cannot be mounted", async () => {
    const disk = await plug("vol-a");
    await sh(`${MOUNTED} echo one > ${DIR}/one; umount ${DIR}`);
    await sh(`printf X | dd of=${DEVICE} bs=1 seek=150 conv=notrunc`);
    expect((await stat(disk)).size).toBe(8 * MIB);
    expect(await sh(`mount -o ro ${DEVICE} ${DIR}`)).toMatchObject({ exitCode: 32 });
    expect(await outputOf(`ls -A ${DIR}`)).toBe("");
  });
});
