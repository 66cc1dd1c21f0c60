import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import { verifyBundle, type VerifiedBundle } from "../../../src/evidence/bundle/verify-bundle.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { recordFigures, stopwatch } from "../../figures.ts";
import { filesIn } from "./sign-again.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

let of: SmallBundle;
beforeAll(async () => void (of = await smallBundle()));
afterAll(() => of.close());

async function verified(folder: string): Promise<VerifiedBundle | Wrong> {
  return verifyBundle({ folder, renderer: bundleRenderer }).catch((error: unknown) => {
    if (error instanceof Wrong) return error;
    throw error;
  });
}

/** Flips one bit each at about so many places of a file, in a copy of the bundle; returns at how many. */
async function flipIn(file: string, places: number): Promise<number> {
  const folder = await of.copy();
  const path = join(folder, file);
  const bytes = await readFile(path);
  const step = Math.max(1, Math.floor(bytes.length / places));
  let flips = 0;
  for (let at = 0; at < bytes.length; at += step, flips++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << ((at * 7 + flips) % 8));
    await writeFile(path, changed);
    const wrong = await verified(folder);
    if (!(wrong instanceof Wrong)) throw new Error(`byte ${at} of ${file} may be another`);
    if (wrong.file !== file) throw new Error(`byte ${at} of ${file} is blamed on ${wrong.message}`);
  }
  await writeFile(path, bytes);
  expect(await verified(folder)).not.toBeInstanceOf(Wrong);
  return flips;
}

describe("one flipped bit", () => {
  const all = process.env["GAMEDAY_FLIP_ALL"] === "1";
  it(
    `is found and its file named, ${all ? "at every byte" : "at a sample of bytes of every file (GAMEDAY_FLIP_ALL=1: every byte)"}`,
    { timeout: 3_600_000 },
    async () => {
      const elapsed = stopwatch();
      const files = await filesIn(of.path);
      const flips = await Promise.all(files.map((file) => flipIn(file, all ? Infinity : 5)));
      const sum = flips.reduce((total, one) => total + one, 0);
      expect(sum).toBeGreaterThan(100);
      if (all)
        recordFigures({
          battery: "bundle-flips",
          cases: sum,
          failures: 0,
          seconds: elapsed(),
          more: { files: files.length },
        });
    },
  );
});
