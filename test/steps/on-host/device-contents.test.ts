import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { layoutDifferences } from "../../../src/steps/on-host/device-contents.ts";
import { LoopHost, markerIn, MARKER_TEXT, sh, whyNoLoops } from "./loop-host.ts";
import { makePartitioned } from "./partitions.ts";

const [LINUX, EFI] = [0x83, 0xef];

/** A host with two partitions, the file systems of which are mounted, as those of a live host are. */
function twoPartitions(second: number): LoopHost {
  const host = new LoopHost((path) =>
    makePartitioned(path, [
      { type: LINUX, mebibytes: 8 },
      { type: second, mebibytes: 8 },
    ]),
  );
  sh('mkfs.ext4 -q "$1p1"; mkfs.ext4 -q "$1p2"; mkdir "$2/data/1"; mount "$1p1" "$2/data/1"', host.device, host.root);
  writeFileSync(join(host.root, "data/1/file"), "ledger\n");
  return host;
}

const whyNot = whyNoLoops("mkfs.ext4", "wipefs", "partx");
const named = (name: string, why = whyNot) => `${name}${why && `: ${why}`}`;

describe("a volume with two file systems", () => {
  it.skipIf(whyNot)(named("is not marked or verified until a step says which is meant"), async () => {
    const host = twoPartitions(LINUX);
    expect(Object.fromEntries(host.writeMarker())).toMatchObject({
      error: "several-filesystems",
      detail: "1:ext4 2:ext4",
    });
    expect(host.writeMarker({ PARTITION: "3" }).get("error")).toBe("no-such-partition");
    expect(host.writeMarker({ PARTITION: "1" }).get("end")).toBe("ok");
    await host.unmount("data/1");
    expect(host.verify("files").get("error")).toBe("several-filesystems");
    const told = host.verify("files", { PARTITION: "1" });
    expect(markerIn(told)).toBe(`${MARKER_TEXT}\n`);
    expect(told.get("files")).toBe("2");
    // All of the device is hashed; the marker is found wherever it is.
    expect(markerIn(host.verify("raw-device"))).toBe(`${MARKER_TEXT}\n`);
  });

  it.skipIf(whyNot)(named("is not what it was when the other one has been wiped"), async () => {
    const host = twoPartitions(LINUX);
    const layout = host.writeMarker({ PARTITION: "1" }).get("layout");
    await host.unmount("data/1");
    sh('wipefs -q -a "$1p2"', host.device);
    const told = host.verify("files", { PARTITION: "1" });
    expect(layoutDifferences(layout, told.get("layout"))).toEqual([
      "partition 2: ext4 at the source, nothing that blkid knows here",
    ]);
  });

  it.skipIf(whyNot)(named("is one of data and one of its boot loader, on a root volume"), async () => {
    const host = twoPartitions(EFI);
    const told = host.writeMarker();
    expect(told.get("end")).toBe("ok");
    expect(told.get("layout")).toBe("1:ext4 2:ext4");
    await host.unmount("data/1");
    expect(markerIn(host.verify("files"))).toBe(`${MARKER_TEXT}\n`);
  });
});

/** The label of an LVM physical volume (LVM2, lib/label/label.h), whose checksum blkid looks at. */
function writeVolumeLabel(path: string): void {
  const label = Buffer.alloc(512);
  label.write("LABELONE", 0);
  label.writeBigUInt64LE(1n, 8);
  label.writeUInt32LE(32, 20);
  label.write("LVM2 001", 24);
  let sum = 0xf5_97_a6_cf;
  for (const byte of label.subarray(20)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xed_b8_83_20 : 0);
  }
  label.writeUInt32LE(sum >>> 0, 16);
  const file = openSync(path, "r+");
  writeSync(file, label, 0, label.length, 512);
  closeSync(file);
}

const SIGNATURES: Readonly<
  Record<string, { readonly type: string; readonly make: string | ((path: string) => void); readonly needs?: string }>
> = {
  "an LVM physical volume": {
    type: "LVM2_member",
    make: writeVolumeLabel,
  },
  "a LUKS volume": {
    type: "crypto_LUKS",
    make: 'echo secret | cryptsetup luksFormat --type luks1 --pbkdf-force-iterations 1000 -q "$1" -',
    needs: "cryptsetup",
  },
  swap: { type: "swap", make: 'mkswap "$1" > /dev/null 2>&1', needs: "mkswap" },
  "raw data": { type: "", make: 'printf database > "$1.data"; dd if="$1.data" of="$1" conv=notrunc 2> /dev/null' },
};

describe.each(Object.entries(SIGNATURES))("%s", (_, { type, make, needs }) => {
  const why = whyNoLoops(...(needs === undefined ? [] : [needs]));
  it.skipIf(why)(named("is named, and hashed as a device without a mount", why), () => {
    const host = new LoopHost((path) => {
      writeFileSync(path, "");
      truncateSync(path, 4 * 2 ** 20);
      if (typeof make === "string") sh(make, path);
      else make(path);
    });
    for (const told of [host.writeMarker(), host.verify("files")])
      expect(Object.fromEntries(told)).toMatchObject({ error: "no-filesystem", detail: `0:${type}` });
    const raw = host.verify("raw-device");
    expect(raw.get("raw-root")).toBe(sh('sha256sum < "$1"', host.device).slice(0, 64));
    expect(raw.get("nothing-to-mount")).toBe(`0:${type}`);
    expect(raw.get("end")).toBe("ok");
  });
});

describe("a btrfs of which a subvolume is mounted", () => {
  const why = whyNoLoops("mkfs.btrfs", "btrfs");
  const host = (mount: string) => {
    const made = new LoopHost((path) => void sh('truncate -s 128M "$1"; mkfs.btrfs -q "$1"', path));
    sh(
      `cd "$1/data"; mkdir top; mount "$2" top; btrfs -q subvolume create top/one; btrfs -q subvolume create top/two
echo ledger > top/one/file; ${mount}`,
      made.root,
      made.device,
    );
    return made;
  };

  it.skipIf(why)(named("is verified there", why), async () => {
    const made = host('umount top; mkdir one; mount -o subvol=one "$2" one');
    const marked = made.writeMarker();
    expect(marked.get("end")).toBe("ok");
    await made.unmount("data/one");
    const told = made.verify("files", { SUBVOLUME: marked.get("subvolume")! });
    expect(markerIn(told)).toBe(`${MARKER_TEXT}\n`);
    expect(told.get("root")).toBe(marked.get("root"));
  });

  it.skipIf(why)(named("is refused where subvolumes would be left out", why), () => {
    const made = host('mkdir one; mount -o subvol=one "$2" one');
    expect(made.writeMarker().get("error")).toBe("several-subvolumes");
    sh('umount "$1/data/one"', made.root);
    expect(Object.fromEntries(made.writeMarker())).toMatchObject({ error: "nested-subvolumes", detail: "./one" });
  });
});

describe("an ext4 of which only a directory is mounted", () => {
  const why = whyNoLoops("mkfs.ext4");
  it.skipIf(why)(named("is not marked: what is verified is its root", why), () => {
    const made = new LoopHost((path) => void sh('truncate -s 8M "$1"; mkfs.ext4 -q "$1"', path));
    mkdirSync(join(made.root, "data/bound"));
    sh('cd "$1/data"; mkdir top; mount "$2" top; mkdir top/in; mount --bind top/in bound', made.root, made.device);
    expect(made.writeMarker().get("end")).toBe("ok");
    sh('umount "$1/data/top"', made.root);
    expect(made.writeMarker().get("error")).toBe("root-not-mounted");
  });
});

describe("a clone beside its original", () => {
  const why = whyNoLoops("mkfs.xfs");
  it.skipIf(why)(named("is verified although its XFS has the same UUID", why), () => {
    const make = (path: string) =>
      sh('truncate -s 300M "$1"; mkfs.xfs -q "$1"; cp --sparse=always "$1" "$1.twin"', path);
    const original = new LoopHost((path) => void make(path));
    sh('mount "$1" "$2/data"', original.device, original.root);
    const clone = new LoopHost(
      (path) => void sh('cp --sparse=always "$1" "$2"', join(original.root, "image.twin"), path),
    );
    expect(clone.verify("files").get("end")).toBe("ok");
  });
});
