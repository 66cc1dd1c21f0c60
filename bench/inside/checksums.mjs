/* The script that a host takes its block manifest with. */
import { TAKE_BLOCK_MANIFEST } from "../../src/steps/on-host/block-script.ts";
import { renderScript } from "../../src/steps/on-host/host-script.ts";

const BODY = String.raw`
trap stop_hashing EXIT
take_block_manifest "$FILE" "$BYTES" "$ROOT/tmp"
tell root "$BLOCK_ROOT"
`;

/** Prints the root of a file; `INSTANCE_ROOT` is a folder with `tmp` in it. */
export const hostScript = (file, bytes) =>
  renderScript(
    { values: { FILE: file, BYTES: String(bytes), PROGRESS: "" }, body: TAKE_BLOCK_MANIFEST + BODY },
    "bench",
  );
