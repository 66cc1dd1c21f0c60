import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST } from "./bundle-file.ts";
import { Wrong } from "./wrong.ts";

/** Files that a bundle's parts other than data may be read from at once; larger ones are only hashed. */
const LARGEST_READ = 256 * 1024 * 1024;

/** The text of a file of a bundle. @throws Wrong when it is missing, no plain file, or absurdly large. */
export async function readPart(folder: string, path: string): Promise<string> {
  return (await readBytes(folder, path)).toString("utf8");
}

export async function readBytes(folder: string, path: string): Promise<Buffer> {
  const size = await plainSize(folder, path);
  if (size === undefined) throw new Wrong(path, "it is missing");
  if (size > LARGEST_READ) throw new Wrong(path, `it has ${size} bytes: too large to be what it should be`);
  const file = await open(join(folder, path), "r");
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Undefined when there is none. @throws Wrong for a link or anything else that is no plain file. */
export async function plainSize(folder: string, path: string): Promise<number | undefined> {
  const found = await lstat(join(folder, path)).catch(() => undefined);
  if (found && !found.isFile()) throw new Wrong(path, "it is not a plain file");
  return found?.size;
}

/** Every file of the folder, sorted; the manifest is left out. @throws Wrong for what is neither a file nor a folder. */
export async function filesOf(folder: string, below = ""): Promise<readonly string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return filesOf(folder, path);
      if (!entry.isFile()) throw new Wrong(path, "it is not a plain file");
      return path === MANIFEST ? [] : [path];
    }),
  );
  return found.flat().sort();
}
