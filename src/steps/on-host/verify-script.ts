import { TAKE_BLOCK_MANIFEST } from "./block-script.ts";
import { TAKE_MANIFEST } from "./file-manifest.ts";
import { TAKE_TURN } from "./take-turn.ts";
import { FIND_DEVICE } from "./volume-device.ts";

/**
 * Hashes a volume without changing a byte of it: the raw device before any mount (even a read-only mount may replay a journal),
 * then the files on a private, read-only mount without journal replay. XFS refuses a second file system of the same UUID, which a
 * restored clone is. The mount is always taken away again.
 */
export const VERIFY_SCRIPT =
  TAKE_MANIFEST +
  TAKE_BLOCK_MANIFEST +
  FIND_DEVICE +
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
mount_read_only() {
  [ -z "$(where_mounted "$FS_DEV")" ] || fail already-mounted
  case "$FS_TYPE" in
    ext3 | ext4) options=ro,noload ;;
    xfs) options=ro,norecovery,nouuid ;;
    *) options=ro ;;
  esac
  MOUNTED="$(mktemp -d "$ROOT/mnt/gameday.XXXXXX")"
  mount -t "$FS_TYPE" -o "$options" "$FS_DEV" "$MOUNTED" || fail cannot-mount
}
take_turn
find_device
if [ "$MODE" = raw-device ]; then
  DEV_BYTES="$(blockdev --getsize64 "$DEV")"
  if [ -z "$RAW_BYTES" ] || [ "$RAW_BYTES" -gt "$DEV_BYTES" ]; then RAW_BYTES="$DEV_BYTES"; fi
  tell raw-bytes "$RAW_BYTES"
  if [ "$ALGORITHM" = sha256 ]; then
    tell raw-root "$(head -c "$RAW_BYTES" "$DEV" | $SHA256 | cut -d ' ' -f 1)"
  else
    take_block_manifest "$DEV" "$RAW_BYTES" "$WORK"
    tell raw-root "$BLOCK_ROOT"
    tell raw-blocks "$BLOCKS"
    [ "$BLOCK_ROOT" = "$EXPECT_ROOT" ] || tell_lines "$WORK"
  fi
fi
find_filesystem
if [ -n "$FS_DEV" ]; then
  mount_read_only
  if [ -f "$MOUNTED/.gameday/marker.json" ] && [ ! -L "$MOUNTED/.gameday/marker.json" ]; then
    tell marker "$(head -c 4096 "$MOUNTED/.gameday/marker.json" | base64 | tr -d '\n')"
  fi
  if [ "$MODE" = files ]; then
    take_manifest "$MOUNTED" "$WORK"
    [ "$MANIFEST_ROOT" = "$EXPECT_ROOT" ] || tell_lines "$WORK"
  fi
  put_back || fail cannot-unmount
elif [ "$MODE" = files ]; then
  fail no-filesystem
fi
`;
