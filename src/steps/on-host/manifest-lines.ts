import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { WrittenManifest } from "../../checksums/manifest-writer.ts";
import type { ServiceScope } from "../../engine/step-kind.ts";
import type { DrillServices } from "../services.ts";
import { FETCH_CHUNK } from "./file-manifest.ts";
import type { Manifest } from "./manifest-shape.ts";
import { runOnHost, type HostAnswer } from "./run-on-host.ts";
import { readRegularText } from "../../engine/regular-file.ts";
import { replaceFile } from "../../engine/replace-file.ts";

/** Base64 characters in one piece: SSM keeps the first 24,000 of a command's output (GetCommandInvocation). */
const CHUNK = 20_000;
/** Beyond this (about 12,000 files) only the root is compared: differing files cannot be named. */
const MOST = 40 * CHUNK;
/** A bomb from a hostile host must not fill the memory. */
const LONGEST_LINES_BYTES = 64 * 1024 * 1024;
const PACKED_PATH = /^[^\0\n]*\/tmp\/gameday\.[A-Za-z0-9]{6}\/packed$/;
const FOLDER = "manifests";

/** The shell variables that limit what a script tells of a manifest. */
export const PIECE_VALUES = { CHUNK: String(CHUNK), MOST: String(MOST) } as const;

interface Where {
  readonly region: string;
  readonly instanceId: string;
}

/** The manifest's lines that a script has packed on its host; undefined when there are too many. */
export async function fetchLines(
  scope: ServiceScope,
  services: DrillServices,
  where: Where,
  { told }: HostAnswer,
): Promise<string | undefined> {
  const [size, packed, first] = [Number(told.get("size")), told.get("packed") ?? "", told.get("chunk") ?? ""];
  const pieces = Math.ceil(size / CHUNK);
  if (!Number.isInteger(size) || size > MOST || !PACKED_PATH.test(packed)) return undefined;
  const chunks = [first];
  for (let piece = 1; piece < pieces; piece++) {
    const values = {
      FILE: packed,
      OFFSET: String(piece * CHUNK + 1),
      CHUNK: String(CHUNK),
      LAST: piece === pieces - 1 ? "yes" : "no",
    };
    const script = { values, body: FETCH_CHUNK };
    const answer = await runOnHost(scope, services, { ...where, purpose: "fetching the file manifest", script });
    chunks.push(answer.told.get("chunk") ?? "");
  }
  const { gunzipSync } = await scope.clock.during(() => import("node:zlib"));
  const bytes = Buffer.from(chunks.join(""), "base64");
  return gunzipSync(bytes, { maxOutputLength: LONGEST_LINES_BYTES }).toString("utf8");
}

/** Keeps the lines in the run's folder, where a later step, also of a resumed run, finds them. Returns the path in that folder. */
export async function saveLines(scope: ServiceScope, lines: string): Promise<string> {
  const { createHash } = await scope.clock.during(() => import("node:crypto"));
  const name = createHash("sha256").update(lines).digest("hex").slice(0, 32);
  const path = `${FOLDER}/${name}.txt`;
  await mkdir(join(scope.runFolder, FOLDER), { recursive: true });
  await scope.clock.during(() => replaceFile(join(scope.runFolder, path), lines));
  return path;
}

/** A block manifest as steps hand it on, its lines kept where there are not too many. */
export async function keepManifest(scope: ServiceScope, { text, ...known }: WrittenManifest): Promise<Manifest> {
  return { ...known, ...(text === undefined ? {} : { lines: await saveLines(scope, text) }) };
}

/** Lines kept earlier; undefined when the run's folder has none of that name. */
export async function loadLines(scope: ServiceScope, path: string): Promise<string | undefined> {
  if (!/^manifests\/[0-9a-f]{32}\.txt$/.test(path)) return undefined;
  return readRegularText(join(scope.runFolder, path)).catch(() => undefined);
}
