/**
 * Commands that a host of the sandbox finds first on its PATH. Everything runs unprivileged, so nothing can really be mounted.
 *
 * **What they stand in for.** The file system on a volume is a tar stream from offset 0 of its bytes. `mount` extracts it into
 * the directory (read-only: the files lose their write bits); `sync`, `fsfreeze -f` and `umount` write what is in the directory
 * back into the volume. So what a script wrote and did not sync is truthfully not in a snapshot, and a flipped byte in a volume is
 * a flipped byte in a file. They name this file system `ext4`, because scripts choose mount options by that name.
 *
 * **What is not like a real host.** Files outside of the stand-ins' reach (`/bin/mount`, system calls) know nothing of mounts;
 * nothing is written back by itself after some seconds; a frozen file system does not stop writers; owners are those of the
 * user who runs the sandbox; a mount point must be empty.
 *
 * POSIX sh with `tar`, `dd` and `readlink -f`. `$INSTANCE_ROOT/run/mounts` is the mount table, a
 * file a mount, so that scripts at the same time lose none: device, directory, `ro` or `rw`, tab-separated.
 */

/** What follows the last of these characters in a variable of the shell's, which needs no process for it as for `basename`. */
const after = (character: string, variable: string) => `\${${variable}##*${character}}`;

const LIBRARY = String.raw`
MOUNTS="$INSTANCE_ROOT/run/mounts"
TAB="$(printf '\t')"
ME="${after("/", "0")}"
mounts() { cat "$MOUNTS"/* 2>/dev/null; }
fail() { code="$1"; shift; printf '%s: %s\n' "$ME" "$*" >&2; exit "$code"; }
resolve() { readlink -f -- "$1" 2>/dev/null || printf '%s\n' "$1"; }
each_device() { for d in "$INSTANCE_ROOT"/dev/nvme*n1; do [ -e "$d" ] && resolve "$d"; done; }
bytes_of() { echo "$(($(wc -c < "$1")))"; }
fstype_of() {
  [ "$(dd if="$1" bs=1 skip=257 count=5 2>/dev/null)" = ustar ] && printf 'ext4\n'
}
serial_of() {
  for link in "$INSTANCE_ROOT"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol*; do
    [ "$(resolve "$link")" = "$1" ] && printf '%s\n' "${after("_", "link")}" && return 0
  done
  return 1
}
# Sets dev, dir and mode of the mount that its argument is the device or the directory of.
find_mount() {
  wanted="$(resolve "$1")"
  while IFS="$TAB" read -r dev dir mode; do
    if [ "$dev" = "$wanted" ] || [ "$dir" = "$wanted" ]; then return 0; fi
  done <<MOUNTED
$(mounts)
MOUNTED
  return 1
}
write_back() {
  image="$(mktemp "$INSTANCE_ROOT/run/image.XXXXXX")" || exit 1
  tar -cf "$image" -C "$2" . || { rm -f "$image"; fail 1 "cannot read $2"; }
  size="$(bytes_of "$image")"
  if [ "$size" -gt "$(bytes_of "$1")" ]; then rm -f "$image"; fail 1 "$2: No space left on device"; fi
  if ! head -c "$size" "$1" | cmp -s - "$image"; then dd if="$image" of="$1" bs=524288 conv=notrunc 2>/dev/null; fi
  rm -f "$image"
}
remember_mount() {
  entry="$(mktemp "$INSTANCE_ROOT/run/mount.XXXXXX")" || exit 1
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" > "$entry"
  mv "$entry" "$MOUNTS/${after("/", "entry")}"
}
forget_mount() {
  for entry in "$MOUNTS"/*; do
    if IFS="$TAB" read -r d t m < "$entry" && [ "$t" = "$1" ]; then rm -f "$entry"; fi
  done 2>/dev/null
}
`;

const MKFS = String.raw`
while [ $# -gt 1 ]; do shift; done
device="$(resolve "$1")"
[ -f "$device" ] || fail 1 "$1: no such device"
find_mount "$device" && fail 1 "$1 is mounted; will not make a filesystem here!"
empty="$(mktemp -d "$INSTANCE_ROOT/run/empty.XXXXXX")" || exit 1
chmod 755 "$empty"
write_back "$device" "$empty"
rmdir "$empty"
`;

const MOUNT = String.raw`
trap '' HUP INT TERM # The kernel does it whole or not at all.
access=rw
while [ $# -gt 0 ]; do
  case "$1" in
    -t|-o) [ $# -gt 1 ] || fail 1 "option requires an argument -- '$1'"
      if [ "$1" = -o ]; then case ",$2," in *,ro,*) access=ro ;; *,remount,*|*,bind,*) fail 1 "$2: the sandbox's stand-in cannot" ;; esac; fi
      shift ;;
    -r|--read-only) access=ro ;;
    -*) fail 1 "unrecognized option '$1'" ;;
    *) break ;;
  esac
  shift
done
if [ $# -eq 0 ]; then
  while IFS="$TAB" read -r dev dir mode; do [ -z "$dev" ] || printf '%s on %s type ext4 (%s)\n' "$dev" "$dir" "$mode"; done <<MOUNTED
$(mounts)
MOUNTED
  exit 0
fi
[ $# -eq 2 ] || fail 1 "bad usage"
device="$(resolve "$1")"
[ -f "$device" ] || fail 32 "$2: special device $1 does not exist."
[ -d "$2" ] || fail 32 "$2: mount point does not exist."
target="$(resolve "$2")"
# As the kernel does: a device can be mounted again in the same way, and not in another.
if find_mount "$device" && [ "$mode/$access" != ro/ro ]; then fail 32 "$target: $1 already mounted on $dir."; fi
find_mount "$target" && fail 32 "$target: something is already mounted here."
[ -z "$(ls -A "$target")" ] || fail 32 "$target: the sandbox's stand-in mounts over empty directories only."
[ -n "$(fstype_of "$device")" ] || fail 32 "$target: wrong fs type, bad option, bad superblock on $1, missing codepage or helper program, or other error."
if ! tar -xpf "$device" -C "$target" 2>"$INSTANCE_ROOT/run/mount.log"; then
  find "$target" -mindepth 1 -delete
  fail 32 "$target: can't read superblock on $1."
fi
if [ "$access" = ro ]; then find "$target" -type f -exec chmod a-w {} +; fi
remember_mount "$device" "$target" "$access"
`;

const UMOUNT = String.raw`
trap '' HUP INT TERM # The kernel does it whole or not at all.
while [ $# -gt 1 ]; do shift; done
find_mount "$1" || fail 32 "$1: not mounted."
[ "$mode" = rw ] && write_back "$dev" "$dir"
find "$dir" -mindepth 1 -delete || fail 32 "$dir: target is busy."
forget_mount "$dir"
`;

const SYNC = String.raw`
while [ $# -gt 0 ]; do case "$1" in -*) shift ;; *) break ;; esac; done
while IFS="$TAB" read -r dev dir mode; do
  [ "$mode" = rw ] || continue
  wanted=no
  [ $# -eq 0 ] && wanted=yes
  for path in "$@"; do case "$(resolve "$path")/" in "$dir"/*|"$dev"/) wanted=yes ;; esac; done
  if [ "$wanted" = yes ]; then write_back "$dev" "$dir"; fi
done <<MOUNTED
$(mounts)
MOUNTED
`;

const FSFREEZE = String.raw`
case "$1" in -f|--freeze) freeze=yes ;; -u|--unfreeze) freeze=no ;; *) fail 1 "no action specified" ;; esac
find_mount "$2" || fail 1 "$2: not a mount point"
if [ "$freeze" = yes ]; then write_back "$dev" "$dir"; fi
exit 0
`;

const MOUNTPOINT = String.raw`
[ "$1" = -q ] && shift
find_mount "$1" && [ "$dir" = "$(resolve "$1")" ] || exit 32
`;

const FINDMNT = String.raw`
columns=TARGET,SOURCE,FSTYPE,OPTIONS source='' target=''
while [ $# -gt 0 ]; do
  case "$1" in
    -S|--source) source="$(resolve "$2")"; shift ;;
    -M|--mountpoint|-T|--target) target="$(resolve "$2")"; shift ;;
    -o|--output) columns="$2"; shift ;;
    --*) ;;
    -*o) columns="$2"; shift ;;
    -*) ;;
    *) source="$(resolve "$1")" ;;
  esac
  shift
done
found=1
while IFS="$TAB" read -r dev dir mode; do
  [ -n "$dev" ] || continue
  [ -z "$source" ] || [ "$source" = "$dev" ] || [ "$source" = "$dir" ] || continue
  case "$target" in ''|"$dir"|"$dir"/*) ;; *) continue ;; esac
  found=0 separator=''
  for column in $(printf '%s' "$columns" | tr ',' ' '); do
    case "$column" in TARGET) value="$dir" ;; SOURCE) value="$dev" ;; FSTYPE) value=ext4 ;; OPTIONS) value="$mode" ;; FSROOT) value=/ ;; *) fail 1 "unknown column: $column" ;; esac
    printf '%s%s' "$separator" "$value"
    separator=' '
  done
  echo
done <<MOUNTED
$(mounts)
MOUNTED
exit $found
`;

const LSBLK = String.raw`
columns=NAME,SIZE,TYPE,MOUNTPOINT heading=yes
devices=''
while [ $# -gt 0 ]; do
  case "$1" in
    --noheadings) heading=no ;;
    --output) columns="$2"; shift ;;
    --*) ;;
    -*) case "$1" in *n*) heading=no ;; esac
      case "$1" in *o) case "$2" in +*) columns="$columns,$(printf '%s' "$2" | cut -c2-)" ;; *) columns="$2" ;; esac; shift ;; esac ;;
    *) [ -e "$1" ] || fail 32 "$1: not a block device"; devices="$devices$(resolve "$1")
" ;;
  esac
  shift
done
[ -n "$devices" ] || devices="$(each_device)"
columns="$(printf '%s' "$columns" | tr ',' ' ')"
[ "$heading" = yes ] && printf '%s\n' "$columns"
printf '%s\n' "$devices" | while IFS= read -r device; do
  [ -n "$device" ] || continue
  separator=''
  for column in $columns; do
    case "$column" in
      NAME|KNAME) value="$(basename "$device")" ;; PATH) value="$device" ;; TYPE) value=disk ;;
      SIZE) value="$(bytes_of "$device")" ;; SERIAL) value="$(serial_of "$device")" ;;
      FSTYPE) value="$(fstype_of "$device")" ;;
      MOUNTPOINT|MOUNTPOINTS) value="$(find_mount "$device" && printf '%s' "$dir")" ;;
      *) fail 1 "unknown column: $column" ;;
    esac
    printf '%s%s' "$separator" "$value"
    separator=' '
  done
  echo
done
`;

const BLKID = String.raw`
tag='' format=full device=''
while [ $# -gt 0 ]; do
  case "$1" in -c) shift ;; -o) format="$2"; shift ;; -s) tag="$2"; shift ;; -*) ;; *) device="$1" ;; esac
  shift
done
[ -n "$device" ] && [ -e "$device" ] || exit 2
type="$(fstype_of "$(resolve "$device")")"
[ -n "$type" ] || exit 2
case "$tag" in ''|TYPE) ;; *) exit 2 ;; esac
if [ "$format" = value ]; then printf '%s\n' "$type"; else printf '%s: TYPE="%s"\n' "$device" "$type"; fi
`;

const BLOCKDEV = String.raw`
case "$1" in
  --getsize64) bytes_of "$2" ;;
  --getsz) echo $(( $(bytes_of "$2") / 512 )) ;;
  --flushbufs|--rereadpt) exit 0 ;;
  *) fail 1 "the sandbox's stand-in does not know $1" ;;
esac
`;

/** Name and POSIX sh source of every stand-in. */
export const STAND_INS: Readonly<Record<string, string>> = {
  blkid: BLKID,
  blockdev: BLOCKDEV,
  findmnt: FINDMNT,
  fsfreeze: FSFREEZE,
  lsblk: LSBLK,
  "mkfs.ext4": MKFS,
  mount: MOUNT,
  mountpoint: MOUNTPOINT,
  sync: SYNC,
  udevadm: "exit 0\n",
  umount: UMOUNT,
};

/** What the stand-ins share; they find it as `bin/stand-in.sh`. */
export const STAND_IN_LIBRARY = LIBRARY;
