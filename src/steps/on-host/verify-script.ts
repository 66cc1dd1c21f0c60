import { TAKE_BLOCK_MANIFEST } from "./block-script.ts";
import { READ_CONTENTS } from "./device-contents.ts";
import { TAKE_MANIFEST } from "./file-manifest.ts";
import { TAKE_TURN } from "./take-turn.ts";
import { FIND_DEVICE } from "./volume-device.ts";

/**
 * Hashes a restored volume: the raw device before any mount, then the files on a private, read-only mount.
 *
 * A snapshot of a live volume is crash-consistent: what was synced may be in the file system's log only. So the mount replays the log,
 * as that of every recovery does. Even a read-only mount then writes to the device, which only a volume of the run's own is for
 * (REPLAY), and after which its bytes are not the snapshot's any more: their hash is kept for a repetition of the step, and a later
 * step that would hash them is refused. XFS refuses a second file system of the same UUID, which a restored clone is. The mount is
 * always taken away again.
 */
export const VERIFY_SCRIPT =
  TAKE_MANIFEST +
  TAKE_BLOCK_MANIFEST +
  FIND_DEVICE +
  READ_CONTENTS +
  TAKE_TURN +
  String.raw`
MOUNTED=''
put_back() {
  [ -n "$MOUNTED" ] || return 0
  # A mount or umount that a signal has ended may have done its work, or not.
  if [ -n "$(where_mounted "$FS_DEV")" ]; then umount "$MOUNTED" || return 1; fi
  rmdir "$MOUNTED"
  MOUNTED=''
}
trap 'stop_hashing; put_back || :; [ "$KEEP_WORK" = yes ] || rm -rf "$WORK"' EXIT
trap 'exit 130' HUP INT TERM
sectors_written() { awk '{ print $7 }' "$ROOT/sys/class/block/$(basename "$FS_DEV")/stat" 2> /dev/null || :; }
# mount_read_only: sets MOUNTED; fails where the file system cannot be mounted.
mount_read_only() {
  options=ro
  case "$FS_TYPE" in xfs) options=ro,nouuid ;; btrfs) options="ro,subvolid=$SUBVOLUME" ;; esac
  if [ "$REPLAY" = no ]; then
    tell not-replayed "$FS_TYPE"
    case "$FS_TYPE" in
      ext3 | ext4) options="$options,noload" ;;
      xfs) options="$options,norecovery" ;;
      btrfs) options="$options,nologreplay" ;;
    esac
  fi
  before="$(sectors_written)" first=yes
  [ ! -e "$KEPT/mounted" ] || first=no
  : > "$KEPT/mounted"
  MOUNTED="$(mktemp -d "$ROOT/mnt/gameday.XXXXXX")"
  if ! mount -t "$FS_TYPE" -o "$options" "$FS_DEV" "$MOUNTED"; then put_back; return 1; fi
  if [ "$(sectors_written)" != "$before" ]; then tell replayed "$FS_TYPE"
  elif [ "$first" = yes ]; then rm -f "$KEPT/mounted"; fi
}
tell_marker() {
  if [ -f "$MOUNTED/.gameday/marker.json" ] && [ ! -L "$MOUNTED/.gameday/marker.json" ]; then
    tell "marker-$FS_NUMBER" "$(head -c 4096 "$MOUNTED/.gameday/marker.json" | base64 | tr -d '\n')"
  fi
}
hash_device() {
  DEV_BYTES="$(blockdev --getsize64 "$DEV")"
  if [ -z "$RAW_BYTES" ] || [ "$RAW_BYTES" -gt "$DEV_BYTES" ]; then RAW_BYTES="$DEV_BYTES"; fi
  kept="$KEPT/$TURN-$ALGORITHM-$RAW_BYTES"
  tell raw-bytes "$RAW_BYTES"
  if [ -f "$kept" ]; then
    read -r root blocks seconds < "$kept"
    tell raw-seconds "$seconds"
  elif [ -e "$KEPT/mounted" ]; then
    fail replayed-before
  else
    began="$(date +%s)" blocks=-
    if [ "$ALGORITHM" = sha256 ]; then
      root="$(head -c "$RAW_BYTES" "$DEV" | $SHA256 | cut -d ' ' -f 1)"
    else
      take_block_manifest "$DEV" "$RAW_BYTES" "$WORK"
      root="$BLOCK_ROOT" blocks="$BLOCKS"
      [ "$root" = "$EXPECT_ROOT" ] || tell_lines "$WORK"
    fi
    printf '%s %s %s\n' "$root" "$blocks" "$(($(date +%s) - began))" > "$kept.new"
    mv "$kept.new" "$kept"
  fi
  tell raw-root "$root"
  [ "$blocks" = - ] || tell raw-blocks "$blocks"
}
need blkid findmnt mount umount
take_turn
find_device
read_contents
KEPT="$ROOT/run/gameday/$SERIAL"
mkdir -p "$KEPT"
if [ "$MODE" = files ]; then
  choose_filesystem
  [ -z "$(where_mounted "$FS_DEV")" ] || fail already-mounted
  mount_read_only || fail cannot-mount "$FS_TYPE"
  tell_marker
  refuse_subvolumes "$MOUNTED"
  take_manifest "$MOUNTED" "$WORK"
  [ "$MANIFEST_ROOT" = "$EXPECT_ROOT" ] || tell_lines "$WORK"
  put_back || fail cannot-unmount
else
  need blockdev
  if [ -n "$PARTITION" ]; then choose_filesystem; DATA="$PARTITION"; fi
  for number in $DATA; do
    [ -z "$(where_mounted "$(device_of "$number")")" ] || fail already-mounted
  done
  hash_device
  [ -n "$DATA" ] || tell nothing-to-mount "$LAYOUT"
  for number in $DATA; do
    use_filesystem "$number"
    if mount_read_only; then
      tell_marker
      put_back || fail cannot-unmount
    else
      tell not-mountable "$FS_TYPE"
    fi
  done
fi
`;
