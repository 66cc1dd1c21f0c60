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
  "no-filesystem": {
    message: "the volume carries no file system that blkid knows",
    fixer: "drill author",
    next: "LVM, RAID and whole-disk databases: use ebs.verify-blocks, or verify-checksum with mode: raw-device and no marker",
  },
  "not-mounted": {
    message: "the volume's file system is not mounted",
    fixer: "operator",
    next: "mount it, or name the instance and volume that are really in use",
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
  "cannot-mount": { message: "the file system cannot be mounted", fixer: "operator" },
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
