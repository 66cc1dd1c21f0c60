import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/**
 * Writes a file of gameday's own, whole or not at all, on disk (fsync) before it resolves. What was at its path is replaced, a link
 * too: whoever shares the folder could have let it lead to a file of somebody else's, which is left alone.
 */
export async function replaceFile(path: string, content: string, mode = 0o666): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const file = await open(draft, "wx", mode);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
