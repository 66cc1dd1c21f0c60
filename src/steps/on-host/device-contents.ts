import * as z from "zod";

export const partitionShape = z.number().int().min(0).max(999);

/** What a manifest says of where its files were. */
export const contentsShape = {
  layout: z
    .string()
    .max(4000)
    .regex(/^[0-9]{1,3}:[A-Za-z0-9_.+-]*(?: [0-9]{1,3}:[A-Za-z0-9_.+-]*)*$/)
    .optional()
    .describe("What was on the device: each partition's number (0: the device as a whole) and the type blkid names"),
  subvolume: z.number().int().positive().optional().describe("The number of the btrfs subvolume that was mounted"),
};

/** The members of {@link contentsShape} that a script has told. */
export function contentsFrom(told: ReadonlyMap<string, string>): { layout?: string; subvolume?: number } {
  const parsed = z.object(contentsShape).safeParse({
    layout: told.get("layout") || undefined,
    subvolume: told.get("subvolume") ? Number(told.get("subvolume")) : undefined,
  });
  const { layout, subvolume } = parsed.success ? parsed.data : {};
  return { ...(layout === undefined ? {} : { layout }), ...(subvolume === undefined ? {} : { subvolume }) };
}

/** Which partitions have something else on them than at the source, for people. */
export function layoutDifferences(expected: string | undefined, actual: string | undefined): readonly string[] {
  if (expected === undefined) return [];
  const [wanted, found] = [typesByPartition(expected), typesByPartition(actual ?? "")];
  const numbers = [...new Set([...wanted.keys(), ...found.keys()])].sort((left, right) => left - right);
  return numbers
    .filter((number) => wanted.get(number) !== found.get(number))
    .map((number) => {
      const where = number === 0 ? "the device as a whole" : `partition ${number}`;
      return `${where}: ${named(wanted.get(number))} at the source, ${named(found.get(number))} here`;
    });
}

function typesByPartition(layout: string): Map<number, string> {
  const parts = layout.split(" ").filter((part) => part !== "");
  return new Map(parts.map((part) => [Number.parseInt(part, 10), part.slice(part.indexOf(":") + 1)]));
}

function named(type: string | undefined): string {
  if (type === undefined) return "absent";
  return type === "" ? "nothing that blkid knows" : type;
}

/**
 * POSIX sh that finds what is on a volume: every file system, and what is none. Needs FIND_DEVICE before it.
 *
 * `read_contents` sets LAYOUT (`0:xfs`, or `1:ext4 14: 15:vfat`: a partition's number, 0 for the device as a whole, and blkid's TYPE)
 * and DATA, those of it that are mountable and no part of a boot loader's. `choose_filesystem` sets FS_DEV and FS_TYPE to the one
 * file system of DATA, or of PARTITION where the drill says which, and fails where that is not one.
 */
export const READ_CONTENTS = String.raw`
type_on() { blkid -c /dev/null -o value -s TYPE "$1" | head -n 1 | tr -c -d 'A-Za-z0-9_.+-' || true; }
device_of() {
  case "$1/$DEV" in
    0/*) printf '%s' "$DEV" ;;
    */*[0-9]) printf '%sp%s' "$DEV" "$1" ;;
    *) printf '%s%s' "$DEV" "$1" ;;
  esac
}
is_mountable() {
  case "$1" in
    ext2 | ext3 | ext4 | xfs | btrfs | vfat | exfat | ntfs | f2fs | jfs | reiserfs | nilfs2 | erofs | squashfs | iso9660 | udf | ufs | hfsplus) ;;
    *) return 1 ;;
  esac
}
# EFI's, an extended boot loader's (/boot), BIOS boot's and swap's partitions have no data of the volume's.
is_for_boot() {
  case "$(blkid -p -o value -s PART_ENTRY_TYPE "$1" || true)" in
    0xef | 0x82 | c12a7328-f81f-11d2-ba4b-00a0c93ec93b | bc13c2ff-59e6-4262-a352-b275fd6f7172) ;;
    21686148-6449-6e6f-744e-656564454649 | 0657fd6d-a4ab-43c4-84e5-0933c84b4f4f) ;;
    *) return 1 ;;
  esac
}
read_contents() {
  LAYOUT='' DATA='' partitions=''
  case "$DEV" in *[0-9]) stem="$DEV"p ;; *) stem="$DEV" ;; esac
  for partition in "$stem"[0-9] "$stem"[0-9][0-9] "$stem"[0-9][0-9][0-9]; do
    if [ -e "$partition" ]; then partitions="$partitions $(printf '%s' "$partition" | sed 's/.*[^0-9]//')"; fi
  done
  whole="$(type_on "$DEV")"
  for number in 0 $partitions; do
    if [ "$number" = 0 ]; then
      type="$whole"
      if [ -z "$type" ] && [ -n "$partitions" ]; then continue; fi
    else
      type="$(type_on "$(device_of "$number")")"
    fi
    LAYOUT="$LAYOUT $number:$type"
    if is_mountable "$type" && { [ "$number" = 0 ] || ! is_for_boot "$(device_of "$number")"; }; then
      DATA="$DATA $number"
    fi
  done
  LAYOUT="$(echo $LAYOUT)" DATA="$(echo $DATA)"
  tell layout "$LAYOUT"
}
# use_filesystem NUMBER: sets FS_DEV, FS_TYPE and FS_NUMBER.
use_filesystem() { FS_NUMBER="$1" FS_DEV="$(device_of "$1")" FS_TYPE="$(type_on "$(device_of "$1")")"; }
choose_filesystem() {
  if [ -n "$PARTITION" ]; then
    case " $LAYOUT" in *" $PARTITION:"*) ;; *) fail no-such-partition "$LAYOUT" ;; esac
    use_filesystem "$PARTITION"
    is_mountable "$FS_TYPE" || fail no-filesystem "$LAYOUT"
    return 0
  fi
  case "$DATA" in
    '') fail no-filesystem "$LAYOUT" ;;
    *' '*) fail several-filesystems "$LAYOUT" ;;
    *) use_filesystem "$DATA" ;;
  esac
}
where_mounted() { findmnt -n -f -o TARGET -S "$1" || true; }
root_mounted() {
  findmnt -n -l -o TARGET -S "$1" | while IFS= read -r target; do
    if [ "$(findmnt -n -f -o FSROOT -M "$target")" = "$2" ]; then printf '%s\n' "$target"; break; fi
  done
}
# find_mount: sets MOUNT to where the root of FS_DEV's file system is mounted, and SUBVOLUME to the number of btrfs' subvolume there.
find_mount() {
  [ -n "$(where_mounted "$FS_DEV")" ] || fail not-mounted
  SUBVOLUME='' root=/
  if [ "$FS_TYPE" = btrfs ]; then
    [ "$(findmnt -n -l -o FSROOT -S "$FS_DEV" | sort -u | wc -l)" -eq 1 ] || fail several-subvolumes
    root="$(findmnt -n -f -o FSROOT -S "$FS_DEV")"
    SUBVOLUME="$(findmnt -n -f -o OPTIONS -S "$FS_DEV" | tr , '\n' | sed -n 's/^subvolid=\([0-9]*\)$/\1/p' | tail -n 1)"
  fi
  MOUNT="$(root_mounted "$FS_DEV" "$root")"
  [ -n "$MOUNT" ] || fail root-not-mounted
}
# Another subvolume below is no part of what a walk through one finds: its root is a directory with this number.
refuse_subvolumes() {
  [ "$FS_TYPE" = btrfs ] || return 0
  nested="$(cd "$1" && printf '%s\n' "$PATHS" | while IFS= read -r path; do
    find "$path" -xdev -mindepth 1 -type d -inum 256 -print -quit
  done | head -n 1)"
  [ -z "$nested" ] || fail nested-subvolumes "$nested"
}
`;
