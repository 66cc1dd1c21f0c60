import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** A template of the package, wherever this module runs from: its source folder, or the bundle. */
export async function readTemplate(name: string): Promise<string> {
  let folder = new URL(".", import.meta.url);
  for (;;) {
    const text = await readIfThere(new URL(`templates/${name}`, folder));
    if (text !== undefined) return text;
    const parent = new URL("..", folder);
    if (parent.href === folder.href) throw new Error(`the template ${name} is missing from the package`);
    folder = parent;
  }
}

async function readIfThere(url: URL): Promise<string | undefined> {
  try {
    return await readFile(fileURLToPath(url), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
