import { createHash } from "node:crypto";
import { copyFile, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MANIFEST, type BundleFile } from "./bundle-file.ts";
import { hashFile, writeManifest } from "./manifest.ts";

/** Bundles end up with people who only read: nothing in them is executable or writable by others. */
const FILE_MODE = 0o644;

/**
 * Writes files and their manifest to a folder that must not be there yet; nobody ever sees half of it. `attest` gets the digests,
 * the manifest's among them, and gives the files that come after it and are not in it.
 */
export async function writeBundle(
  folder: string,
  files: readonly BundleFile[],
  attest: (digests: ReadonlyMap<string, string>) => Promise<readonly BundleFile[]>,
): Promise<string> {
  const draft = `${folder}.tmp`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const digests = new Map<string, string>();
  for (const file of files) digests.set(file.path, await place(draft, file));
  const manifest = writeManifest(digests);
  const digest = await place(draft, { path: MANIFEST, content: manifest });
  for (const file of await attest(new Map([...digests, [MANIFEST, digest]]))) await place(draft, file);
  await rename(draft, folder);
  return digest;
}

/** Returns the file's SHA-256. */
async function place(folder: string, file: BundleFile): Promise<string> {
  const path = join(folder, file.path);
  await mkdir(dirname(path), { recursive: true });
  if ("copyOf" in file) {
    await copyFile(file.copyOf, path);
    return hashFile(path);
  }
  const handle = await open(path, "w", FILE_MODE);
  try {
    await handle.writeFile(file.content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return createHash("sha256").update(file.content).digest("hex");
}
