import { join } from "node:path";
import { INTENT_STATEMENT, MANIFEST, RESULT_STATEMENT, REVIEW_STATEMENT } from "./bundle-file.ts";
import { hashFile, readManifest, type Digests } from "./manifest.ts";
import { filesOf, plainSize } from "./read-bundle.ts";
import { Wrong } from "./wrong.ts";

const STATEMENTS: ReadonlySet<string> = new Set([INTENT_STATEMENT, RESULT_STATEMENT, REVIEW_STATEMENT]);

/** Every file is in the manifest and what it says; none is missing, none is there besides. */
export async function verifyFiles(folder: string, manifestText: string): Promise<Digests> {
  const digests = readManifest(manifestText);
  if (typeof digests === "string") throw new Wrong(MANIFEST, digests);
  for (const path of digests.keys())
    if ((await plainSize(folder, path)) === undefined) throw new Wrong(path, "it is missing");
  const besides = (await filesOf(folder)).find((path) => !digests.has(path) && !STATEMENTS.has(path));
  if (besides !== undefined) throw new Wrong(besides, "it is not in the manifest");
  for (const [path, digest] of digests)
    if ((await hashFile(join(folder, path))) !== digest) throw new Wrong(path, "its SHA-256 is not the manifest's");
  return digests;
}
