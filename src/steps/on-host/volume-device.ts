/** POSIX sh that finds the block device and the file system of a volume on the host it is attached to. */

/** Seconds that the device node may take to appear after the attachment is complete. */
const DEVICE_WAIT_SECONDS = 30;

export interface DeviceOf {
  readonly volumeId: string;
  /** The device name that AttachVolume was given. */
  readonly device: string;
}

/** The shell variables that {@link FIND_DEVICE} reads. */
export function deviceValues({ volumeId, device }: DeviceOf): Record<string, string> {
  return {
    // The NVMe serial is the volume id without its hyphen.
    SERIAL: volumeId.replace("-", ""),
    LETTER: /^\/dev\/(?:sd|xvd)([a-z]{1,2})$/.exec(device)?.[1] ?? "none",
    WAIT_SECONDS: String(DEVICE_WAIT_SECONDS),
  };
}

/**
 * Sets DEV to the volume's block device, by its NVMe serial: names such as nvme1n1 follow the order of discovery. Hosts without
 * NVMe (Xen) have no serials; there the letter the volume was attached with is the device's.
 * Then FS_DEV and FS_TYPE to the file system on it or on its first partition; empty when there is none.
 */
export const FIND_DEVICE = String.raw`
find_device() {
  by_id="$ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$SERIAL"
  waited=0
  while :; do
    for candidate in "$by_id" "$by_id-ns-1" "$by_id"_1 "$ROOT/dev/xvd$LETTER"; do
      if [ -e "$candidate" ]; then DEV="$(readlink -f "$candidate")"; return 0; fi
    done
    [ "$waited" -lt "$WAIT_SECONDS" ] || fail no-device
    sleep 1
    waited=$((waited + 1))
  done
}
find_filesystem() {
  FS_DEV='' FS_TYPE=''
  for candidate in "$DEV" "$DEV"p1 "$DEV"1; do
    [ -e "$candidate" ] || continue
    FS_TYPE="$(blkid -o value -s TYPE "$candidate" || true)"
    if [ -n "$FS_TYPE" ]; then FS_DEV="$candidate"; return 0; fi
  done
}
where_mounted() { findmnt -n -f -o TARGET -S "$1" || true; }
`;
