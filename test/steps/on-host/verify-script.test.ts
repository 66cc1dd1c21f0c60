import { mkdtemp, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Host } from "../../../src/sandbox/hosts/host.ts";
import { renderScript } from "../../../src/steps/on-host/host-script.ts";
import { PIECE_VALUES } from "../../../src/steps/on-host/manifest-lines.ts";
import { VERIFY_SCRIPT } from "../../../src/steps/on-host/verify-script.ts";
import { deviceValues } from "../../../src/steps/on-host/volume-device.ts";
import { systemClock } from "../../../src/time/system-clock.ts";

const VOLUME = { volumeId: "vol-0a1b", device: "/dev/sdf" };
const TIMES = { timeoutMs: 60_000 };

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

function verify(host: Host) {
  const values = {
    ...deviceValues(VOLUME),
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
  return host.run({ script: renderScript({ values, body: VERIFY_SCRIPT }, "nonce"), ...TIMES });
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
});
