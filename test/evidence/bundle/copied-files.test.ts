import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunRecord } from "../../../src/engine/record.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { copiedFiles, manifestNames } from "../../../src/evidence/bundle/copied-files.ts";
import { verifyCopied } from "../../../src/evidence/bundle/verify-copied.ts";
import { recordOf, type Timed } from "../journaled.ts";
import { passedRehearsal } from "../runs.ts";

const LOCK = "provider {}\n";
const [ONE, TWO] = ["1".repeat(32), "2".repeat(32)];
const lines = (name: string, root: unknown = "hash") => ({ root, lines: `manifests/${name}.txt` });

/** A run whose first step has told of these manifests, and whose Terraform has left such a lock file. */
function recordWith(outputs: Record<string, unknown>, lock?: string): RunRecord {
  return recordOf(
    passedRehearsal().map((event): Timed => {
      if (event.type === "step-finished" && event.step === "marker") return { ...event, outputs } as Timed;
      return event.type === "tool-used" && event.tool === "hashicorp/aws" && lock ? { ...event, lock } : event;
    }),
  );
}

let root: string;
let folder: string;
let folders = 0;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "gameday-copied-"))));
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = join(root, `${++folders}`);
  await mkdir(folder);
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe("manifests that the journal names", () => {
  it("are those of outputs that are one, at any depth, each once, sorted", () => {
    const outputs = { a: { deep: [lines(TWO), lines(ONE)] }, b: lines(TWO), root: "x" };
    expect(manifestNames(recordWith(outputs))).toEqual([`${ONE}.txt`, `${TWO}.txt`]);
  });

  it.each<[string, unknown]>([
    ["no root", { lines: `manifests/${ONE}.txt` }],
    ["a root that is no text", lines(ONE, 7)],
    ["no lines", { root: "hash" }],
    ["lines that are no text", { root: "hash", lines: 7 }],
    ["another folder", { root: "hash", lines: `other/manifests/${ONE}.txt` }],
    ["another name", lines(`${ONE}x`)],
    ["another ending", { root: "hash", lines: `manifests/${ONE}.txt.gz` }],
    ["nothing", null],
  ])("are none with %s", (_name, value) => {
    expect(manifestNames(recordWith({ value }))).toEqual([]);
  });

  it("are copied from the run's folder, or nothing is", async () => {
    const kept = sha256("lines\n").slice(0, 32);
    await put(`manifests/${kept}.txt`, "lines\n");
    expect(await copiedFiles(recordWith(lines(kept)), folder)).toEqual([
      { path: `data/manifests/${kept}.txt`, copyOf: join(folder, `manifests/${kept}.txt`) },
    ]);
    await mkdir(join(folder, `manifests/${TWO}.txt`));
    for (const record of [recordWith({ one: lines(kept), two: lines(TWO) }), recordWith(lines("3".repeat(32)))])
      await expect(copiedFiles(record, folder)).rejects.toMatchObject({ details: { code: "run-folder-incomplete" } });
  });

  it("are not copied through a link, nor from a file that holds something else", async () => {
    const elsewhere = join(root, "somebody's notes");
    await writeFile(elsewhere, "lines\n");
    const kept = sha256("lines\n").slice(0, 32);
    await put(`manifests/${ONE}.txt`, "lines\n");
    await symlink(elsewhere, join(folder, `manifests/${kept}.txt`));
    for (const name of [ONE, kept])
      await expect(copiedFiles(recordWith(lines(name)), folder)).rejects.toMatchObject({
        details: { code: "run-folder-incomplete" },
      });
  });
});

describe("Terraform's lock file", () => {
  const found = async (lock = sha256(LOCK)) =>
    (await copiedFiles(recordWith({}, lock), folder)).map((file) => ("copyOf" in file ? file.copyOf : ""));

  it("is the first that the journal names, wherever a step has put it", async () => {
    await put(".terraform.lock.hcl", "another\n");
    await put("terraform/a/.terraform.lock.hcl", "another\n");
    await put("terraform/c/.terraform.lock.hcl", LOCK);
    await put("terraform/b/.terraform.lock.hcl", LOCK);
    expect(await found()).toEqual([join(folder, "terraform/b/.terraform.lock.hcl")]);
    expect(await found(sha256("another\n"))).toEqual([join(folder, ".terraform.lock.hcl")]);
    expect(await found("0".repeat(64))).toEqual([]);
    expect(await copiedFiles(recordWith({}), folder)).toEqual([]);
  });

  it("is not looked for in disks of the sandbox, in bundles, in Terraform's own folder, nor below four folders", async () => {
    for (const skipped of ["sandbox", "bundle", "bundle-2", ".terraform", "1/2/3/4/5"])
      await put(`${skipped}/.terraform.lock.hcl`, LOCK);
    expect(await found()).toEqual([]);
    for (const looked of ["my-sandbox", "sandboxes", "1/2/3/4"]) {
      await put(`${looked}/.terraform.lock.hcl`, LOCK);
      expect(await found()).toEqual([join(folder, `${looked}/.terraform.lock.hcl`)]);
      await rm(join(folder, `${looked}/.terraform.lock.hcl`));
    }
  });

  it("is none where it is a folder, nor is there one in a folder that is not there", async () => {
    await mkdir(join(folder, ".terraform.lock.hcl"));
    expect(await found()).toEqual([]);
    folder = join(folder, "gone");
    expect(await found()).toEqual([]);
  });
});

describe("a bundle's copies", () => {
  const LOCK_PATH = "plan/.terraform.lock.hcl";
  const digest = ONE.padEnd(64, "0");
  const verified = (record: RunRecord, digests: Readonly<Record<string, string>>) =>
    verifyCopied("/bundle", record, new Map(Object.entries(digests)));

  it("are all that the journal names, by its hash", () => {
    const path = `data/manifests/${ONE}.txt`;
    const record = recordWith(lines(ONE), sha256(LOCK));
    expect(verified(record, { [LOCK_PATH]: sha256(LOCK), [path]: digest })).toEqual([
      { path: LOCK_PATH, copyOf: `/bundle/${LOCK_PATH}` },
      { path, copyOf: `/bundle/${path}` },
    ]);
    expect(() => verified(record, { [LOCK_PATH]: sha256(LOCK) })).toThrow(
      `${path}: it is missing, and the journal names it`,
    );
    expect(() => verified(record, { [LOCK_PATH]: sha256(LOCK), [path]: TWO.padEnd(64, "0") })).toThrow(
      `${path}: it does not hold the lines that the journal names it by`,
    );
  });

  it("hold a lock file where the journal names one, and no other", () => {
    expect(verified(recordWith({}), {})).toEqual([]);
    expect(() => verified(recordWith({}, sha256(LOCK)), {})).toThrow(
      `${LOCK_PATH}: it is missing, and the journal names it`,
    );
    const other = `${LOCK_PATH}: it is not a lock file that the journal names`;
    expect(() => verified(recordWith({}, sha256(LOCK)), { [LOCK_PATH]: digest })).toThrow(other);
    expect(() => verified(recordWith({}), { [LOCK_PATH]: digest })).toThrow(other);
  });
});
