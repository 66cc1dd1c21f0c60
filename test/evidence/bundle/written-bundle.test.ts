import { appendFile, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { bundleFiles } from "../../../src/evidence/bundle/bundle-files.ts";
import { bundleRun } from "../../../src/evidence/bundle/bundle-run.ts";
import { passScan, redactionLog } from "../../../src/evidence/bundle/pass-scan.ts";
import { writeBundle } from "../../../src/evidence/bundle/write-bundle.ts";
import { filesIn } from "./sign-again.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

let root: string;
let of: SmallBundle;
let outputs = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "gameday-written-"));
  of = await smallBundle();
});
afterAll(async () => {
  await of.close();
  await rm(root, { recursive: true });
});
const output = () => join(root, `bundle-${++outputs}`);

describe("a folder of files and their manifest", () => {
  it("has what was written and copied, what attests it, and no trace of an attempt before it", async () => {
    const folder = join(output(), "bundle");
    expect(await writeBundle(folder, [], async () => [])).toBe(sha256(""));
    await rm(folder, { recursive: true });
    await mkdir(`${folder}.tmp/old`, { recursive: true });
    await writeFile(`${folder}.tmp/old/file.txt`, "of an attempt that was cut off");
    const original = join(root, "original.txt");
    await writeFile(original, "copied\n", { mode: 0o600 });
    let told: ReadonlyMap<string, string> | undefined;
    const files = [
      { path: "b/written.txt", content: "written\n" },
      { path: "a/copied.txt", copyOf: original },
    ];
    const digest = await writeBundle(folder, files, async (digests) => {
      told = digests;
      return [{ path: "attestations/a", content: "signed" }];
    });
    const manifest = `${sha256("copied\n")}  a/copied.txt\n${sha256("written\n")}  b/written.txt\n`;
    expect(await readFile(join(folder, "MANIFEST.sha256"), "utf8")).toBe(manifest);
    expect(digest).toBe(sha256(manifest));
    expect(told).toEqual(
      new Map([
        ["b/written.txt", sha256("written\n")],
        ["a/copied.txt", sha256("copied\n")],
        ["MANIFEST.sha256", digest],
      ]),
    );
    expect(await filesIn(folder)).toEqual(["MANIFEST.sha256", "a/copied.txt", "attestations/a", "b/written.txt"]);
    expect(await readFile(join(folder, "a/copied.txt"), "utf8")).toBe("copied\n");
    expect((await stat(join(folder, "b/written.txt"))).mode & 0o022).toBe(0);
    await expect(stat(`${folder}.tmp`)).rejects.toThrow("ENOENT");
  });

  it("is not there at all where it cannot be attested, and takes no other's place", async () => {
    const folder = output();
    const failing = writeBundle(folder, [], async () => {
      throw new Error("no key");
    });
    await expect(failing).rejects.toThrow("no key");
    await expect(stat(folder)).rejects.toThrow("ENOENT");
    await mkdir(folder);
    await writeFile(join(folder, "mine.txt"), "");
    await expect(writeBundle(folder, [], async () => [])).rejects.toThrow();
    expect(await filesIn(folder)).toEqual(["mine.txt"]);
  });
});

describe("what a bundle is scanned for", () => {
  const secret = `key ${"AKIA"}IOSFODNN7EXAMPLE\n`;

  it("is in no file of it, written or copied", async () => {
    await passScan([{ path: "a.txt", content: "nothing\n" }]);
    await expect(passScan([{ path: "a.txt", content: secret }])).rejects.toThrow("the bundle's a.txt would show");
    const copyOf = join(root, "secret.txt");
    await writeFile(copyOf, secret);
    await expect(passScan([{ path: "b.txt", copyOf }])).rejects.toThrow("the bundle's b.txt would show");
  });

  it("is told beside it: how often a value was blanked in the journal, what was scanned, what was copied", () => {
    const journal = { path: "journal.jsonl", content: Buffer.from("[redacted] and [redacted]\n") };
    const files = [{ path: "report.md", content: "[redacted]" }, journal, { path: "c.txt", copyOf: "/c.txt" }];
    expect(redactionLog(files)).toMatchObject({ blanked: 2, filesScanned: 3, filesCopied: ["c.txt"] });
    expect(redactionLog(files).scannedFor).toContain("AWS access key id");
    expect(redactionLog([{ path: "journal.jsonl", copyOf: "/j" }])).toMatchObject({ blanked: 0, filesScanned: 1 });
    expect(redactionLog([])).toMatchObject({ blanked: 0, filesScanned: 0, filesCopied: [] });
  });
});

describe("the bundle of a run", () => {
  const run = (folder: string, to: string) =>
    bundleRun({
      record: of.record,
      journal: of.journal,
      runFolder: folder,
      output: to,
      signer: of.signer,
      rendered: [],
    });
  async function runFolder(): Promise<string> {
    const folder = output();
    await cp(of.runFolder, folder, { recursive: true });
    return folder;
  }

  it("holds every file that is made of it, and says where and by which digests", async () => {
    const [folder, to] = [await runFolder(), output()];
    const written = await run(folder, to);
    const line = (await readFile(join(to, "attestations/result.intoto.jsonl"), "utf8")).trimEnd();
    expect(written).toEqual({
      path: to,
      digest: sha256(await readFile(join(to, "MANIFEST.sha256"))),
      statement: sha256(line),
    });
    const { record, signer } = of;
    const made = bundleFiles({ record, key: signer.key, journal: Buffer.from(""), copied: [], rendered: [] });
    const paths = made.map(({ path }) => path);
    expect(await filesIn(to)).toEqual(expect.arrayContaining([...paths, "attestations/intent.intoto.jsonl"]));
    const info = made.find(({ path }) => path === "keys/key-info.json");
    expect(info && "content" in info && JSON.parse(info.content.toString())).toEqual({
      keyId: signer.key.keyId,
      algorithm: "Ed25519",
      custody: "file",
    });
  });

  it("has the journal's whole lines only, and no other lines than were read", async () => {
    const folder = await runFolder();
    const journal = join(folder, "journal.jsonl");
    const text = await readFile(journal, "utf8");
    await appendFile(journal, '{"v":1,"seq');
    const to = output();
    await run(folder, to);
    expect(await readFile(join(to, "journal.jsonl"), "utf8")).toBe(text);
    await writeFile(journal, `${text}{}\n`);
    await expect(run(folder, output())).rejects.toThrow("the journal has changed since it was read");
    await writeFile(journal, text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1));
    await expect(run(folder, output())).rejects.toThrow("the journal has changed since it was read");
  });

  it("has the intent that the journal names, and none that it does not", async () => {
    const folder = await runFolder();
    const intent = join(folder, "attestations/intent.intoto.jsonl");
    const files = async () => {
      const to = output();
      await run(folder, to);
      return filesIn(to);
    };
    expect(await files()).toContain("attestations/intent.intoto.jsonl");
    await writeFile(intent, "another\n");
    expect(await files()).not.toContain("attestations/intent.intoto.jsonl");
    await rm(intent);
    expect(await files()).not.toContain("attestations/intent.intoto.jsonl");
  });
});
