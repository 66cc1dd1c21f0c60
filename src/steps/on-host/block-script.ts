import { BLOCK_BYTES, manifestHeader, ZERO_BLOCK } from "../../checksums/block-manifest.ts";

/** 32 MiB: what one core copies to memory, hashes and takes away again before it goes on. */
const STRIPE_BLOCKS = 64;
const STRIPE_BYTES = STRIPE_BLOCKS * BLOCK_BYTES;
const [HEADER_START = "", HEADER_END = ""] = manifestHeader(0).trimEnd().split(/\b0\b/);

/**
 * POSIX sh that takes the block manifest (src/checksums/block-manifest.ts) of a device or file with nothing but coreutils: every core
 * takes stripes by turns, copies a stripe into memory in pieces of one block and hashes them in one go. `openssl` hashes where there
 * is one, because the sha256sum of many distributions knows nothing of the processor's SHA instructions; `cmp` finds stripes of
 * zeros without hashing them. A block device does not say where its holes are.
 * BLAKE3 would be faster still, but EBS and the manifests to compare with are SHA-256.
 * Reads PROGRESS: a folder's name to tell how far it is in, or nothing.
 */
export const TAKE_BLOCK_MANIFEST = String.raw`
HASHERS='' SCRATCH='' PROGRESS_AT=''
if openssl dgst -sha256 -r < /dev/null > /dev/null 2>&1; then hash_files() { openssl dgst -sha256 -r "$@"; }
elif command -v sha256sum > /dev/null; then hash_files() { sha256sum "$@"; }
else hash_files() { shasum -a 256 "$@"; }; fi
if cmp -s -n 1 -i 1:0 /dev/zero /dev/zero 2> /dev/null; then
  all_zero() { cmp -s -n "$3" -i "$2:0" "$1" /dev/zero; }
else
  all_zero() { return 1; }
fi
# number_blocks FIRST COUNT: digests from standard input to lines; fails unless there are COUNT.
number_blocks() {
  index="$1" end=$(($1 + $2))
  while read -r digest rest; do
    [ "$digest" = ${ZERO_BLOCK} ] || printf '%s  %s\n' "$digest" "$index"
    index=$((index + 1))
  done
  [ "$index" -eq "$end" ]
}
# read_stripe DEVICE FIRST LENGTH: its bytes, filled up with zeros to whole blocks.
read_stripe() {
  count=$((($3 + ${BLOCK_BYTES - 1}) / ${BLOCK_BYTES})) missing=$((($3 + ${BLOCK_BYTES - 1}) / ${BLOCK_BYTES} * ${BLOCK_BYTES} - $3))
  if [ "$missing" -eq 0 ]; then
    dd if="$1" bs=${BLOCK_BYTES} skip="$2" count="$count" 2> /dev/null
  else
    dd if="$1" bs=${BLOCK_BYTES} skip="$2" count="$count" 2> /dev/null | head -c "$3"
    head -c "$missing" /dev/zero
  fi
}
# hash_stripes DEVICE BYTES STRIDE NUMBER: every STRIDEth stripe from NUMBER on; lines to SCRATCH/NUMBER.lines.
hash_stripes() {
  stripe="$4" hashed=0
  mkdir "$SCRATCH/$4"
  : > "$SCRATCH/$4.lines"
  while [ $((stripe * ${STRIPE_BYTES})) -lt "$2" ]; do
    offset=$((stripe * ${STRIPE_BYTES})) first=$((stripe * ${STRIPE_BLOCKS}))
    length=$(($2 - offset))
    [ "$length" -le ${STRIPE_BYTES} ] || length=${STRIPE_BYTES}
    if ! all_zero "$1" "$offset" "$length"; then
      read_stripe "$1" "$first" "$length" | ( cd "$SCRATCH/$4" && split -b ${BLOCK_BYTES} -a 3 - b ) || return 1
      count=$(((length + ${BLOCK_BYTES - 1}) / ${BLOCK_BYTES}))
      ( cd "$SCRATCH/$4" && hash_files b* ) | number_blocks "$first" "$count" >> "$SCRATCH/$4.lines" || return 1
      rm -f "$SCRATCH/$4"/b*
    fi
    hashed=$((hashed + length))
    [ -z "$PROGRESS_AT" ] || printf '%s\n' "$hashed" > "$PROGRESS_AT/$4"
    stripe=$((stripe + $3))
  done
}
# take_block_manifest DEVICE BYTES FOLDER: writes FOLDER/lines; sets BLOCK_ROOT and BLOCKS.
take_block_manifest() {
  if [ -d "$ROOT/dev/shm" ] && [ -w "$ROOT/dev/shm" ]; then SCRATCH="$(mktemp -d "$ROOT/dev/shm/gameday.XXXXXX")"
  else SCRATCH="$(mktemp -d "$ROOT/tmp/gameday.XXXXXX")"; fi
  if [ -n "$PROGRESS" ] && mkdir "$ROOT/tmp/$PROGRESS"; then PROGRESS_AT="$ROOT/tmp/$PROGRESS"; fi
  cores="$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN 2> /dev/null || echo 1)" number=0 whole=yes
  while [ "$number" -lt "$cores" ]; do
    hash_stripes "$1" "$2" "$cores" "$number" &
    HASHERS="$HASHERS $!"
    number=$((number + 1))
  done
  for hasher in $HASHERS; do wait "$hasher" || whole=no; done
  HASHERS=''
  [ "$whole" = yes ] || fail blocks-unreadable
  { printf '${HEADER_START}%s${HEADER_END}\n' "$2"; sort -m -n -k 2,2 "$SCRATCH"/*.lines; } > "$3/lines"
  BLOCKS="$(($(wc -l < "$3/lines") - 1))"
  BLOCK_ROOT="$(hash_files < "$3/lines" | { read -r digest rest; printf '%s' "$digest"; })"
  stop_hashing
}
# stop_hashing: for whoever is told to end, too.
stop_hashing() {
  [ -z "$HASHERS" ] || kill $HASHERS 2> /dev/null || :
  [ -z "$SCRATCH" ] || rm -rf "$SCRATCH"
  [ -z "$PROGRESS_AT" ] || rm -rf "$PROGRESS_AT"
  HASHERS='' SCRATCH='' PROGRESS_AT=''
}
`;

/** How many bytes have been hashed so far. Reads PROGRESS. */
export const TELL_HASHED = String.raw`
hashed=0
for told in "$ROOT/tmp/$PROGRESS"/*; do
  if [ -f "$told" ] && read -r bytes < "$told"; then hashed=$((hashed + bytes)); fi
done
tell hashed "$hashed"
`;
