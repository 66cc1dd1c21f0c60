import type { Fixer } from "../../engine/failure.ts";

interface ScriptError {
  readonly message: string;
  readonly fixer: Fixer;
  readonly next?: string;
}

/** What the scripts' `fail` codes mean. */
export const SCRIPT_ERRORS: Readonly<Record<string, ScriptError>> = {
  "no-device": {
    message: "no block device of the volume has appeared",
    fixer: "operator",
    next: "check that the volume is attached to this very instance",
  },
  "program-missing": {
    message: "a program that gameday's scripts need is missing on the host",
    fixer: "operator",
    next: "install it there (blkid, findmnt, mount, umount, lsblk and blockdev are in the package util-linux)",
  },
  "no-filesystem": {
    message: "there is no file system on the volume that gameday could mount; partition and type, as blkid names it",
    fixer: "drill author",
    next: "for LVM, RAID, LUKS, swap and databases on a bare device: leave ebs.write-marker out, and use ebs.verify-blocks, or ebs.hash-snapshot and then ebs.verify-checksum with mode: raw-device",
  },
  "several-filesystems": {
    message: "the volume has several file systems, and a manifest is of one; partition and type",
    fixer: "drill author",
    next: "say which with `partition:` in ebs.write-marker and ebs.verify-checksum, or compare all of the device with mode: raw-device",
  },
  "no-such-partition": {
    message: "the volume has no such partition; it has, with their types",
    fixer: "drill author",
    next: "give one of these as `partition:`, 0 being the device as a whole",
  },
  "not-mounted": {
    message: "the volume's file system is not mounted",
    fixer: "operator",
    next: "mount it, or name the instance and volume that are really in use",
  },
  "root-not-mounted": {
    message: "only a directory of the volume's file system is mounted (a bind mount), not its root",
    fixer: "operator",
    next: "mount the file system as a whole somewhere: what is verified is read from its root",
  },
  "several-subvolumes": {
    message: "several subvolumes of the volume's btrfs are mounted, and a manifest is of one",
    fixer: "drill author",
    next: "use ebs.verify-blocks, or ebs.hash-snapshot and then ebs.verify-checksum with mode: raw-device",
  },
  "nested-subvolumes": {
    message:
      "the volume's btrfs has a subvolume inside of what the manifest is to cover, and its files would be left out",
    fixer: "drill author",
    next: "name each subvolume with `paths:`, or use ebs.verify-blocks",
  },
  "changed-while-hashed": {
    message: "files went while the manifest was taken",
    fixer: "drill author",
    next: "leave out with `paths:` what changes while the drill runs, or stop what writes there",
  },
  "replayed-before": {
    message:
      "the volume has been mounted before, by another step or by a try that was cut short: its log may have been replayed, so its bytes need not be the snapshot's",
    fixer: "drill author",
    next: "let the step with mode: raw-device be the first of those that verify the volume",
  },
  "already-mounted": {
    message:
      "the volume's file system is mounted already: something on the host did that, so its bytes may have changed",
    fixer: "operator",
    next: "use a host that mounts nothing by itself",
  },
  superseded: { message: "a later try of this step is on the host already: this one gave way", fixer: "operator" },
  "earlier-script-runs": {
    message: "the script of an earlier try of this step still runs there, and does not end",
    fixer: "operator",
    next: "end it on the host (it has a file in /run/gameday open), then gameday resume latest",
  },
  "cannot-mount": {
    message: "the file system cannot be mounted",
    fixer: "operator",
    next: "look at the host's kernel log. A btrfs cannot be mounted beside the one it is a copy of: use another host",
  },
  "cannot-unmount": { message: "the file system cannot be unmounted again", fixer: "operator" },
  "marker-path-taken": {
    message: ".gameday in the volume's file system is not a directory",
    fixer: "operator",
    next: "move it out of the way",
  },
  "cannot-write": { message: "the marker cannot be written (read-only, or full?)", fixer: "operator" },
  unreadable: { message: "some files cannot be read", fixer: "operator" },
  "blocks-unreadable": {
    message: "not every block of the device could be read and hashed",
    fixer: "operator",
    next: "look at the host's kernel log, and for 32 MiB of room per core in /dev/shm (or /tmp)",
  },
  "no-such-path": { message: "a path of the manifest does not exist in the file system", fixer: "drill author" },
  "chunk-gone": { message: "the manifest's file is gone from the host", fixer: "operator" },
};
