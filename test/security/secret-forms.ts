import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Every way in which a secret could have been written down: as it is, in Base64 within a longer text, in URLs, in JSON, in hex. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const url = encodeURIComponent(secret);
  return [
    secret,
    ...[0, 1, 2].flatMap((shift) => base64Inside(bytes, shift)),
    url,
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    [...secret].toReversed().join(""),
  ];
}

/** What stands in the Base64 of any text that has the secret after so many bytes (modulo 3). */
function base64Inside(bytes: Buffer, shift: number): string[] {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]);
  const from = Math.ceil((8 * shift) / 6);
  const to = Math.floor((8 * text.length) / 6);
  return [text.toString("base64").slice(from, to), text.toString("base64url").slice(from, to)];
}

export interface Hit {
  /** Relative to the folder that was searched. */
  readonly file: string;
  readonly secret: string;
  readonly form: string;
}

/** Where any form of the secrets (by name) stands in any file below a folder. */
export async function findSecrets(folder: string, secrets: Readonly<Record<string, string>>): Promise<readonly Hit[]> {
  const hits: Hit[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    hits.push(...secretsIn(await readFile(path, "latin1"), secrets, path.slice(folder.length + 1)));
  }
  return hits;
}

/** The same for a text. */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>, file: string): readonly Hit[] {
  // Wrapped by a tool, and dumped in hex with the offsets that od puts before each line.
  const dense = text.replace(/\\n(?:[0-7]{7})?|\s/g, "");
  return Object.entries(secrets).flatMap(([secret, value]) =>
    formsOf(value)
      .filter((form) => text.includes(form) || dense.includes(form))
      .map((form) => ({ file, secret, form })),
  );
}
