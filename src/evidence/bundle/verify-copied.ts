import { join } from "node:path";
import type { RunRecord } from "../../engine/record.ts";
import type { BundleFile } from "./bundle-file.ts";
import { LOCK_FILE, lockDigests, MANIFESTS, manifestNames } from "./copied-files.ts";
import type { Digests } from "./manifest.ts";
import { Wrong } from "./wrong.ts";

/** The bundle's files that the journal names by their hash, each weighed against it: none of them is missing. @throws Wrong */
export function verifyCopied(folder: string, record: RunRecord, digests: Digests): readonly BundleFile[] {
  const copied = (path: string) => ({ path, copyOf: join(folder, path) });
  const lock = digests.get(LOCK_FILE);
  const locks = lockDigests(record);
  if (lock !== undefined && !locks.has(lock))
    throw new Wrong(LOCK_FILE, "it is not a lock file that the journal names");
  if (lock === undefined && locks.size > 0) throw new Wrong(LOCK_FILE, "it is missing, and the journal names it");
  const manifests = manifestNames(record).map((name) => `${MANIFESTS}${name}`);
  for (const path of manifests) {
    const digest = digests.get(path);
    if (digest === undefined) throw new Wrong(path, "it is missing, and the journal names it");
    if (!path.startsWith(`${MANIFESTS}${digest.slice(0, 32)}`))
      throw new Wrong(path, "it does not hold the lines that the journal names it by");
  }
  return [...(lock === undefined ? [] : [copied(LOCK_FILE)]), ...manifests.map(copied)];
}
