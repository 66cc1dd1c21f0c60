/** POSIX sh that finds the block device of a volume on the host it is attached to. */

/** Seconds that the device node may take to appear after the attachment is complete. */
const DEVICE_WAIT_SECONDS = 30;

export interface DeviceOf {
  readonly volumeId: string;
  /** The device name that AttachVolume was given. */
  readonly device: string;
  /** The volume's size, where it is known: what proves a device that has no serial. */
  readonly sizeGiB?: number | undefined;
}

/** The shell variables that {@link FIND_DEVICE} reads. */
export function deviceValues({ volumeId, device, sizeGiB }: DeviceOf): Record<string, string> {
  return {
    // The NVMe serial is the volume id without its hyphen.
    SERIAL: volumeId.replace("-", ""),
    XEN_NAMES: xenNames(device).join(" "),
    SIZE_BYTES: sizeGiB === undefined ? "" : String(sizeGiB * 2 ** 30),
    WAIT_SECONDS: String(DEVICE_WAIT_SECONDS),
  };
}

/** Xen calls /dev/sdf and /dev/xvdf xvdf; a root volume's /dev/sda1 is the whole device xvda1, or xvda (EC2 User Guide, device naming). */
function xenNames(device: string): readonly string[] {
  const [, letters, number = ""] = /^\/dev\/(?:sd|xvd)([a-z]{1,2})(\d{1,2})?$/.exec(device) ?? [];
  if (letters === undefined) return [];
  return number === "" ? [`xvd${letters}`] : [`xvd${letters}${number}`, `xvd${letters}`];
}

/**
 * Sets DEV to the volume's block device, by its NVMe serial: names such as nvme1n1 follow the order of discovery. The link is udev's;
 * lsblk knows the serial without it. Hosts without NVMe (Xen) have no serials: there a whole device whose name follows from the
 * attachment's, and of the volume's size, is the volume's.
 */
export const FIND_DEVICE = String.raw`
# need PROGRAM...: fails unless the host has them all.
need() { for program in "$@"; do command -v "$program" > /dev/null || fail program-missing "$program"; done; }
whole_device_of_size() {
  [ -e "$1" ] && [ ! -e "$ROOT/sys/class/block/$(basename "$1")/partition" ] || return 1
  [ -z "$SIZE_BYTES" ] || [ "$(blockdev --getsize64 "$1")" = "$SIZE_BYTES" ]
}
find_device() {
  by_id="$ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$SERIAL"
  waited=0
  while :; do
    for candidate in "$by_id" "$by_id-ns-1" "$by_id"_1; do
      if [ -e "$candidate" ]; then DEV="$(readlink -f "$candidate")"; return 0; fi
    done
    candidate="$(lsblk -d -n -o KNAME,SERIAL 2> /dev/null | awk -v serial="$SERIAL" '$2 == serial { print $1; exit }')"
    if [ -n "$candidate" ] && [ -e "$ROOT/dev/$candidate" ]; then DEV="$ROOT/dev/$candidate"; return 0; fi
    for candidate in $XEN_NAMES; do
      if whole_device_of_size "$ROOT/dev/$candidate"; then DEV="$(readlink -f "$ROOT/dev/$candidate")"; return 0; fi
    done
    [ "$waited" -lt "$WAIT_SECONDS" ] || fail no-device
    sleep 1
    waited=$((waited + 1))
  done
}
`;
