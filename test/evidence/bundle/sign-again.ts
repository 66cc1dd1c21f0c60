import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seal } from "../../../src/evidence/attestation/envelope.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { writeManifest } from "../../../src/evidence/bundle/manifest.ts";
import type { Signer } from "../../../src/evidence/signing/signer.ts";

/** Every file of a folder, by its path there, sorted. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** SHA-256 of each file that the manifest names. */
export async function digestsIn(folder: string): Promise<Map<string, string>> {
  const files = (await filesIn(folder)).filter(
    (path) => !path.startsWith("attestations/") && path !== "MANIFEST.sha256",
  );
  const digests = new Map<string, string>();
  for (const path of files) digests.set(path, sha256(await readFile(join(folder, path))));
  return digests;
}

/**
 * Makes manifest and result of a bundle fit what was changed in it, signed by `signer`: what somebody with a key can do. Whoever knows
 * the files' digests need not have them read.
 */
export async function signAgain(
  folder: string,
  signer: Signer,
  change: (predicate: Record<string, unknown>, statement: Record<string, unknown>) => void = () => {},
  known?: ReadonlyMap<string, string>,
): Promise<void> {
  const digests = known ?? (await digestsIn(folder));
  const manifest = writeManifest(digests);
  await writeFile(join(folder, "MANIFEST.sha256"), manifest);
  const path = join(folder, "attestations/result.intoto.jsonl");
  const { payload } = JSON.parse(await readFile(path, "utf8"));
  const result = JSON.parse(Buffer.from(payload, "base64").toString());
  const all = new Map([...digests, ["MANIFEST.sha256", sha256(manifest)]]);
  for (const subject of result.subject) subject.digest.sha256 = all.get(subject.name) ?? subject.digest.sha256;
  change(result.predicate, result);
  await writeFile(path, `${await seal(result, signer)}\n`);
}
