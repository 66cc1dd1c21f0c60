import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { MANIFEST } from "./bundle-file.ts";

/** A bundle's files with their hex SHA-256, in the order of the manifest. */
export type Digests = ReadonlyMap<string, string>;

/** What `sha256sum -c` reads: `<hash>  <path>`, sorted by path. */
export function writeManifest(digests: Digests): string {
  return [...digests]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, digest]) => `${digest}  ${path}\n`)
    .join("");
}

/** The manifest's files; a string names the first line that is wrong. Only the form that {@link writeManifest} has is read. */
export function readManifest(text: string): Digests | string {
  const digests = new Map<string, string>();
  let before = "";
  if (!text.endsWith("\n")) return "its last line is cut off";
  for (const [index, line] of text.slice(0, -1).split("\n").entries()) {
    const [, digest = "", path = ""] = /^([0-9a-f]{64}) {2}([\w./-]+)$/.exec(line) ?? [];
    if (path === "") return `line ${index + 1} is not a SHA-256 and a path`;
    if (!isInside(path)) return `line ${index + 1} names ${path}, which cannot be in it`;
    if (path <= before) return `line ${index + 1} (${path}) is not in order`;
    digests.set(path, digest);
    before = path;
  }
  return digests;
}

function isInside(path: string): boolean {
  const parts = path.split("/");
  return path !== MANIFEST && parts[0] !== "attestations" && !parts.some((part) => /^\.{0,2}$/.test(part));
}

/** Hex SHA-256 of a file of any size. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
