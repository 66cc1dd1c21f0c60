import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { TAKE_BLOCK_MANIFEST } from "../../src/steps/on-host/block-script.ts";
import { readTold, renderScript } from "../../src/steps/on-host/host-script.ts";

export interface HostManifestOptions {
  readonly bytes: number;
  readonly shell?: string;
  /** The only folder of programs; the machine's when absent. */
  readonly programs?: string;
}

const BODY = String.raw`
trap stop_hashing EXIT
mkdir "$ROOT/taken"
take_block_manifest "$DEVICE" "$BYTES" "$ROOT/taken"
tell root "$BLOCK_ROOT"
tell blocks "$BLOCKS"
`;

/** The block manifest of a file, as a host takes it. */
export async function hostManifest(path: string, { bytes, shell = "/bin/sh", programs }: HostManifestOptions) {
  const root = await mkdtemp(`${path}.host-`);
  await mkdir(join(root, "tmp"));
  const values = { DEVICE: path, BYTES: String(bytes), PROGRESS: "" };
  const script = renderScript({ values, body: TAKE_BLOCK_MANIFEST + BODY }, "nonce");
  const env = { PATH: programs ?? process.env["PATH"], INSTANCE_ROOT: root };
  try {
    const { stdout } = await promisify(execFile)(shell, ["-c", script], { env });
    const told = readTold(stdout, "nonce");
    const text = await readFile(join(root, "taken/lines"), "utf8");
    return { error: told.get("error"), root: told.get("root"), blocks: Number(told.get("blocks")), text };
  } finally {
    await rm(root, { recursive: true });
  }
}
