import { TAKE_BLOCK_MANIFEST } from "./block-script.ts";
import { READ_CONTENTS } from "./device-contents.ts";
import { TAKE_MANIFEST } from "./file-manifest.ts";
import { TAKE_TURN } from "./take-turn.ts";
import { FIND_DEVICE } from "./volume-device.ts";

/** Writes the marker into a volume's mounted file system and hashes its files; where it is asked to, the whole device, too. */
export const WRITE_MARKER_SCRIPT =
  TAKE_MANIFEST +
  TAKE_BLOCK_MANIFEST +
  FIND_DEVICE +
  READ_CONTENTS +
  TAKE_TURN +
  String.raw`
trap 'stop_hashing; [ "$KEEP_WORK" = yes ] || rm -rf "$WORK"' EXIT
trap 'exit 130' HUP INT TERM
need blkid findmnt
take_turn
find_device
read_contents
choose_filesystem
find_mount
tell subvolume "$SUBVOLUME"
KEEP="$MOUNT/.gameday"
if [ -L "$KEEP" ] || { [ -e "$KEEP" ] && [ ! -d "$KEEP" ]; }; then fail marker-path-taken; fi
mkdir -p "$KEEP" || fail cannot-write
rm -f "$KEEP/marker.json.new"
printf '%s\n' "$MARKER" > "$KEEP/marker.json.new" || fail cannot-write
mv -f "$KEEP/marker.json.new" "$KEEP/marker.json" || fail cannot-write
sync -f "$MOUNT"
refuse_subvolumes "$MOUNT"
take_manifest "$MOUNT" "$WORK"
tell_lines "$WORK"
if [ "$RAW" = yes ]; then
  # What else the host does comes first.
  renice -n 10 -p $$ > /dev/null 2>&1 || :
  RAW_BYTES="$(blockdev --getsize64 "$DEV")"
  mkdir "$WORK/blocks"
  take_block_manifest "$DEV" "$RAW_BYTES" "$WORK/blocks"
  tell raw-bytes "$RAW_BYTES"
  tell raw-root "$BLOCK_ROOT"
  tell raw-blocks "$BLOCKS"
fi
`;
