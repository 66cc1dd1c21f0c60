import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { hashFile, readManifest, writeManifest } from "../../../src/evidence/bundle/manifest.ts";
import { filesOf, plainSize, readPart } from "../../../src/evidence/bundle/read-bundle.ts";
import { verifyFiles } from "../../../src/evidence/bundle/verify-files.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";

const HASH = "ab".repeat(32);

describe("a manifest", () => {
  it("is written in the order of its paths, and read back", () => {
    const digests = new Map([
      ["b/c.txt", HASH],
      ["a.txt", sha256("a")],
      ["b.txt", sha256("b")],
    ]);
    const text = writeManifest(digests);
    expect(text).toBe(`${sha256("a")}  a.txt\n${sha256("b")}  b.txt\n${HASH}  b/c.txt\n`);
    expect(readManifest(text)).toEqual(new Map([...digests].sort()));
  });

  it.each<[string, string]>([
    ["", "its last line is cut off"],
    [`${HASH}  a.txt`, "its last line is cut off"],
    ["\n", "line 1 is not a SHA-256 and a path"],
    [`${HASH}  a.txt\n\n`, "line 2 is not a SHA-256 and a path"],
    [`${HASH} a.txt\n`, "line 1 is not a SHA-256 and a path"],
    [`0${HASH}  a.txt\n`, "line 1 is not a SHA-256 and a path"],
    [`${HASH.slice(1)}  a.txt\n`, "line 1 is not a SHA-256 and a path"],
    [`${HASH.toUpperCase()}  a.txt\n`, "line 1 is not a SHA-256 and a path"],
    [`${HASH}  a b.txt\n`, "line 1 is not a SHA-256 and a path"],
    [`${HASH}  b.txt\n${HASH}  a.txt\n`, "line 2 (a.txt) is not in order"],
    [`${HASH}  a.txt\n${HASH}  a.txt\n`, "line 2 (a.txt) is not in order"],
    [`${HASH}  ../a.txt\n`, "line 1 names ../a.txt, which cannot be in it"],
    [`${HASH}  a/../b.txt\n`, "line 1 names a/../b.txt, which cannot be in it"],
    [`${HASH}  ./a.txt\n`, "line 1 names ./a.txt, which cannot be in it"],
    [`${HASH}  /etc/passwd\n`, "line 1 names /etc/passwd, which cannot be in it"],
    [`${HASH}  a//b\n`, "line 1 names a//b, which cannot be in it"],
    [`${HASH}  a/\n`, "line 1 names a/, which cannot be in it"],
    [`${HASH}  MANIFEST.sha256\n`, "line 1 names MANIFEST.sha256, which cannot be in it"],
    [`${HASH}  attestations/a\n`, "line 1 names attestations/a, which cannot be in it"],
  ])("%j is none", (text, what) => {
    expect(readManifest(text)).toBe(what);
  });

  it.each([".a", "a..b", "...", "a/.b", "b/attestations/c", "b/MANIFEST.sha256"])("may name %s", (path) => {
    expect(readManifest(`${HASH}  ${path}\n`)).toEqual(new Map([[path, HASH]]));
  });
});

describe("the files of a bundle", () => {
  let root: string;
  let folder: string;
  let folders = 0;
  beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "gameday-manifest-"))));
  afterAll(() => rm(root, { recursive: true }));
  beforeEach(() => void (folder = join(root, `${++folders}`)));

  async function put(...paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), path);
    }
  }
  const manifestOf = (...paths: readonly string[]) => writeManifest(new Map(paths.map((path) => [path, sha256(path)])));
  const verified = (manifest: string) =>
    verifyFiles(folder, manifest).then(
      (digests) => [...digests.keys()].join(),
      (error: unknown) => {
        if (error instanceof Wrong) return error.message;
        throw error;
      },
    );
  const STATEMENTS = ["intent", "result", "review"].map((name) => `attestations/${name}.intoto.jsonl`);

  it("are those of its manifest, and its statements", async () => {
    await put("MANIFEST.sha256", "a.txt", "b/c.txt", ...STATEMENTS);
    expect(await filesOf(folder)).toEqual(["a.txt", ...STATEMENTS, "b/c.txt"]);
    expect(await verified(manifestOf("a.txt", "b/c.txt"))).toBe("a.txt,b/c.txt");
    expect(await verified("x\n")).toBe("MANIFEST.sha256: line 1 is not a SHA-256 and a path");
    expect(await verified(manifestOf("a.txt"))).toBe("b/c.txt: it is not in the manifest");
    expect(await verified(manifestOf("a.txt", "b/c.txt", "b/d.txt"))).toBe("b/d.txt: it is missing");
    expect(await verified(manifestOf("a.txt", "b/c.txt").replace(sha256("a.txt"), HASH))).toBe(
      "a.txt: its SHA-256 is not the manifest's",
    );
    await put("b/MANIFEST.sha256");
    expect(await verified(manifestOf("a.txt", "b/c.txt"))).toBe("b/MANIFEST.sha256: it is not in the manifest");
  });

  it("are plain files: no links, no folders", async () => {
    await put("a.txt");
    await symlink(join(folder, "a.txt"), join(folder, "link.txt"));
    expect(await verified(manifestOf("a.txt", "link.txt"))).toBe("link.txt: it is not a plain file");
    expect(await verified(manifestOf("a.txt"))).toBe("link.txt: it is not a plain file");
    await rm(join(folder, "link.txt"));
    await mkdir(join(folder, "link.txt"));
    expect(await verified(manifestOf("a.txt", "link.txt"))).toBe("link.txt: it is not a plain file");
    expect(await plainSize(folder, "a.txt")).toBe(5);
    expect(await plainSize(folder, "none.txt")).toBeUndefined();
  });

  it("are read whole where they are there, and hashed whatever their size", async () => {
    await put("a.txt");
    expect(await readPart(folder, "a.txt")).toBe("a.txt");
    await expect(readPart(folder, "none.txt")).rejects.toThrow("none.txt: it is missing");
    const large = Buffer.alloc((1 << 21) + 7, "x");
    await writeFile(join(folder, "large"), large);
    expect(await hashFile(join(folder, "large"))).toBe(sha256(large));
  });

  it("are not read where they are absurdly large", async () => {
    await put("a.txt");
    await truncate(join(folder, "a.txt"), 256 * 1024 * 1024 + 1);
    const outcome = await readPart(folder, "a.txt").then(
      () => "read",
      (error: Error) => error.message,
    );
    expect(outcome).toBe("a.txt: it has 268435457 bytes: too large to be what it should be");
  });
});
