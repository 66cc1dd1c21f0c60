/**
 * POSIX sh (with GNU find, sort and coreutils) that takes the manifest of a directory tree: a line `<sha256>  <path>` for each
 * regular file, sorted by bytes. Its root is the SHA-256 of those lines. Names with line feeds are escaped by sha256sum, the same
 * way each time. Reads PATHS (one to a line, each `.` or `./…`), CHUNK and MOST.
 */
export const TAKE_MANIFEST = String.raw`
if command -v sha256sum > /dev/null; then SHA256=sha256sum; else SHA256='shasum -a 256'; fi
NEWLINE='
'
# unreadable ERRORS: what the programs said, one to a line. A file that was found and is not there has been taken away meanwhile.
unreadable() {
  cat "$1" >&2
  gone="$(grep -m 1 'No such file or directory$' "$1" | cut -c 1-200 || true)"
  [ -z "$gone" ] || fail changed-while-hashed "$gone"
  fail unreadable
}
# take_manifest TREE WORK: writes WORK/lines; sets MANIFEST_ROOT, FILES and BYTES.
take_manifest() {
  tree="$1" work="$2"
  set -f
  IFS="$NEWLINE"
  set -- $PATHS
  unset IFS
  set +f
  ( cd "$tree" && for path in "$@"; do [ -e "$path" ] || exit 1; done ) || fail no-such-path
  ( cd "$tree" && find "$@" -xdev -path ./lost+found -prune -o -type f -print0 ) > "$work/found" 2> "$work/errors" || unreadable "$work/errors"
  sort -z -u "$work/found" > "$work/sorted"
  ( cd "$tree" && xargs -0 -r $SHA256 -- < "$work/sorted" ) > "$work/lines" 2> "$work/errors" || unreadable "$work/errors"
  MANIFEST_ROOT="$($SHA256 < "$work/lines" | cut -d ' ' -f 1)"
  FILES="$(wc -l < "$work/lines" | tr -d ' ')"
  BYTES="$( ( cd "$tree" && xargs -0 -r ls -lnq -- < "$work/sorted" ) | awk '{ s += $5 } END { printf "%.0f", s }')"
  tell root "$MANIFEST_ROOT"
  tell files "$FILES"
  tell bytes "$BYTES"
}
# tell_lines WORK: compresses the lines, tells the first CHUNK characters and keeps the rest for later commands
# to fetch; more than MOST are not worth it.
tell_lines() {
  gzip -9 -n < "$1/lines" | base64 | tr -d '\n' > "$1/packed"
  SIZE="$(wc -c < "$1/packed" | tr -d ' ')"
  [ "$SIZE" -le "$MOST" ] || return 0
  tell size "$SIZE"
  tell packed "$1/packed"
  tell chunk "$(head -c "$CHUNK" "$1/packed")"
  [ "$SIZE" -le "$CHUNK" ] || KEEP_WORK=yes
}
KEEP_WORK=no
WORK="$(mktemp -d "$ROOT/tmp/gameday.XXXXXX")"
`;

/** One further piece of the packed lines; the last one takes the file away. Reads FILE, OFFSET (from 1), CHUNK and LAST. */
export const FETCH_CHUNK = String.raw`
[ -f "$FILE" ] || fail chunk-gone
tell chunk "$(tail -c "+$OFFSET" "$FILE" | head -c "$CHUNK")"
[ "$LAST" = no ] || rm -rf -- "$(dirname "$FILE")"
`;
