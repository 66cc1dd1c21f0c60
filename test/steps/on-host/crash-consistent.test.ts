import { describe, expect, it } from "vitest";
import { blockManifestOfFile } from "../../../src/checksums/file-blocks.ts";
import { BLOCK_ALGORITHM } from "../../../src/checksums/block-manifest.ts";
import { LoopHost, markerIn, MARKER_TEXT, sh, whyNoLoops } from "./loop-host.ts";

const FILL = `mkdir "$1.live/.gameday"
printf %s '${MARKER_TEXT}' > "$1.live/.gameday/marker.json"
echo ledger > "$1.live/file"`;

/** Ends a file system as a power cut does, after what was written has been synced. */
const CUT_OFF: Readonly<Record<string, string>> = {
  ext4: `sync -f "$1.live"; xfs_io -x -c 'shutdown -f' "$1.live"; umount "$1.live"`,
  xfs: `sync -f "$1.live"; xfs_io -x -c 'shutdown -f' "$1.live"; umount "$1.live"`,
  // It cannot be shut down. Nothing is written between its log of what was synced and its next commit, minutes later.
  btrfs: `sync "$1.live/.gameday/marker.json" "$1.live/file"
cp --sparse=always "$1" "$1.copy"; umount "$1.live"; mv "$1.copy" "$1"`,
};
const MAKE: Readonly<Record<string, string>> = {
  ext4: 'truncate -s 64M "$1"; mkfs.ext4 -q "$1"; mkdir "$1.live"; mount -o loop "$1" "$1.live"',
  xfs: 'truncate -s 300M "$1"; mkfs.xfs -q "$1"; mkdir "$1.live"; mount -o loop "$1" "$1.live"',
  btrfs: 'truncate -s 128M "$1"; mkfs.btrfs -q "$1"; mkdir "$1.live"; mount -o loop,commit=300 "$1" "$1.live"',
};

describe.each(Object.keys(MAKE))("the snapshot of a live %s", (type) => {
  const why = whyNoLoops(`mkfs.${type}`, "xfs_io");
  const host = () => new LoopHost((image) => void sh([MAKE[type], FILL, CUT_OFF[type]].join("\n"), image));

  it.skipIf(why !== "")(`has the files and the marker that were synced${why && `: ${why}`}`, () => {
    const told = host().verify("files");
    expect(markerIn(told)).toBe(MARKER_TEXT);
    expect(told.get("files")).toBe("2");
    expect(told.get("replayed")).toBe(type);
    expect(told.get("end")).toBe("ok");
  });

  it.skipIf(why !== "")(
    `has the hash from before its log is replayed, and the marker from after it${why && `: ${why}`}`,
    async () => {
      const crashed = host();
      const { root } = await blockManifestOfFile(crashed.image);
      const raw = { TURN: "run-raw", ALGORITHM: BLOCK_ALGORITHM };
      const told = crashed.verify("raw-device", raw);
      expect(told.get("raw-root")).toBe(root);
      expect(markerIn(told)).toBe(MARKER_TEXT);
      expect(told.get("replayed")).toBe(type);
      // A repetition of the step knows the hash that it has taken, and another step does not hash what is not the snapshot's any more.
      expect(crashed.verify("raw-device", raw).get("raw-root")).toBe(root);
      expect(crashed.verify("raw-device").get("error")).toBe("replayed-before");
    },
  );

  it.skipIf(why !== "")(`is not written to where it is not the run's own${why && `: ${why}`}`, () => {
    const crashed = host();
    sh('cp --sparse=always "$1" "$1.before"', crashed.image);
    const told = crashed.verify("files", { REPLAY: "no" });
    expect(told.has("replayed")).toBe(false);
    sh('blockdev --flushbufs "$2"; cmp "$1.before" "$1"', crashed.image, crashed.device);
  });
});
