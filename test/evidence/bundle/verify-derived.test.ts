import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import { Failure } from "../../../src/engine/failure.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import type { Renderer } from "../../../src/evidence/bundle/renderer.ts";
import { readToldResult } from "../../../src/evidence/bundle/told-result.ts";
import { verifyDerived, type Derived } from "../../../src/evidence/bundle/verify-derived.ts";
import { verifyFiles } from "../../../src/evidence/bundle/verify-files.ts";
import { verifyRecord, type VerifiedRecord } from "../../../src/evidence/bundle/verify-record.ts";
import { verifySigned, type SignedPart } from "../../../src/evidence/bundle/verify-signed.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

/** One bundle, of which single files are others: as if manifest and statement had been made to fit, which is judged before. */
let of: SmallBundle;
let signed: SignedPart;
let digests: ReadonlyMap<string, string>;
let verified: VerifiedRecord;
let same: Renderer;
let later: Renderer;
beforeAll(async () => {
  of = await smallBundle();
  signed = await verifySigned(of.path, undefined);
  digests = await verifyFiles(of.path, signed.manifestText);
  verified = await verifyRecord(of.path, signed, { digests, version: bundleRenderer.version });
  const rendered = new Map<string, ReturnType<Renderer["render"]>>();
  same = {
    ...bundleRenderer,
    // The same source gives the same files.
    render: (source) => {
      const { record: _record, ...rest } = source;
      const known = JSON.stringify(rest);
      const made = rendered.get(known) ?? bundleRenderer.render(source);
      rendered.set(known, made);
      return made;
    },
  };
  later = { ...same, version: "9.9.9" };
});
afterAll(() => of.close());

type Changes = Readonly<Record<string, string | ((text: string) => string)>>;

/** What is made of the bundle with some files changed or added; what is wrong, as `file: what`. */
async function derived(changes: Changes = {}, renderer = same): Promise<Derived | string> {
  const originals = new Map<string, string | undefined>();
  const changedDigests = new Map(digests);
  for (const [file, change] of Object.entries(changes)) {
    const path = join(of.path, file);
    const text = await readFile(path, "utf8").catch(() => undefined);
    const changed = typeof change === "string" ? change : change(text ?? "");
    if (changed === text) throw new Error(`nothing was changed in ${file}`);
    originals.set(path, text);
    changedDigests.set(file, sha256(changed));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, changed);
  }
  try {
    const told = await readToldResult(of.path, { ...verified, version: renderer.version });
    return await verifyDerived({ folder: of.path, signed, digests: changedDigests, ...verified, told, renderer });
  } catch (error) {
    if (error instanceof Wrong) return error.message;
    throw error;
  } finally {
    for (const [path, text] of originals) await (text === undefined ? rm(path) : writeFile(path, text));
  }
}

const replace = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);
const compact = (text: string) => `${JSON.stringify(JSON.parse(text))}\n`;

describe("a bundle of this version", () => {
  it("is whole to the last letter, and everything in it was compared", async () => {
    expect(await derived()).toEqual({ notCompared: [], projectControls: [] });
  });

  it.each<[string, Changes[string], string]>([
    ["data/diff.json", replace('"failed": 0', '"failed": 1'), "failed is 1, and the journal says 0"],
    ["data/diff.json", compact, "it says the same in another form than gameday writes"],
    ["data/diff.json", "no JSON\n", " is absent, and the journal says {"],
    ["aws/calls.jsonl", replace(/"requestId":"[^"]*"/, '"requestId":"0"'), 'line 1.requestId is "0"'],
    ["aws/calls.jsonl", replace(/^.*\n/, ""), "it has 4 lines, and the journal gives 5"],
    ["aws/calls.jsonl", replace(/^.*\n/, "no JSON\n"), "line 1 is absent, and the journal says {"],
    ["aws/calls.jsonl", replace(/^\{/, "{ "), "it says the same in another form than gameday writes"],
    ["README.txt", replace("drill     ebs", "drill     EBS"), "line 4 is not what the journal says"],
    ["README.txt", replace(/^E/, "e"), "line 1 is not what the journal says"],
    ["README.txt", replace(/\nare shown, the ledger[^\n]*\n$/, ""), "line 41 is not what the journal says"],
    ["aws/calls.jsonl", replace(/\n\{"at":/, '\n{"AT":'), "line 2.AT is"],
    ["report.md", (text) => `${text}\n`, "it is not what result.json renders to"],
    ["interop/junit.xml", (text) => `${text}\n`, "it is not what result.json renders to"],
    ["result.json", replace(/"rtaMs": \d+/, '"rtaMs": 1'), "recoveryTime.rtaMs is 1, and the journal says"],
    ["result.json", replace(/\n {2}"schemaVersion"/, '\n  "history": [{}],\n  "schemaVersion"'), "history.0."],
    ["controls/frameworks.json", "[]\n", "is missing, which gameday maps"],
    ["controls/frameworks.json", "{}\n", ""],
    ["extra.txt", "x\n", "no run leaves such a file in its bundle"],
  ])("%s may be no other (%#)", async (file, change, what) => {
    const found = await derived({ [file]: change });
    expect(found).toContain(`${file}: `);
    expect(found).toContain(what);
  });

  it("where several files are others, that of facts is blamed before those that tell of them in words", async () => {
    const word = replace("drill     ebs", "drill     EBS");
    const found = await derived({ "README.txt": word, "data/diff.json": replace('"failed": 0', '"failed": 1') });
    expect(found).toMatch(/^data\/diff\.json: /);
  });

  it("holds what cannot be bundled: what looks like a secret; a bug of the renderer is no fault of the bundle", async () => {
    const failing = (error: Error): Renderer => ({
      ...same,
      render: async () => {
        throw error;
      },
    });
    const secret = new Failure({ code: "secret", message: "it would show a secret", fixer: "operator" });
    expect(await derived({}, failing(secret))).toBe("redaction.json: it would show a secret");
    await expect(derived({}, failing(new TypeError("a bug")))).rejects.toThrow("a bug");
  });
});

describe("a bundle of another version, which the journal names", () => {
  const WORDS = [
    "README.txt",
    "controls/oscal-ar.json",
    "interop/junit.xml",
    "interop/metrics.csv",
    "interop/trace.otlp.json",
    "report.html",
    "report.md",
  ];

  it("is compared but for its words, and what was not is told", async () => {
    expect(await derived({}, later)).toEqual({ notCompared: WORDS, projectControls: [] });
    const lessShipped = { ...later, shippedFrameworks: async () => [] };
    expect(await derived({}, lessShipped)).toMatchObject({ projectControls: [] });
    const more = { "report.md": "other words\n", "README.txt": "read me\n", "older/file.txt": "x\n" };
    expect(await derived(more, later)).toEqual({ notCompared: [...WORDS, "older/file.txt"], projectControls: [] });
  });

  it.each<[string, Changes[string]]>([
    ["result.json", replace(/"reasons": \[\s*"[^"]*"/, '"reasons": ["put otherwise"')],
    ["result.json", compact],
    ["result.json", replace(/\n {2}"schemaVersion"/, '\n  "history": [{}],\n  "schemaVersion"')],
    ["controls/mapping.json", replace(/"reason": "[^"]*"/, '"reason": "put otherwise"')],
    ["data/diff.json", replace("{", '{"older": 1,')],
  ])("%s may say the same otherwise (%#)", async (file, change) => {
    expect(await derived({ [file]: change }, later)).toMatchObject({ notCompared: WORDS });
  });

  it.each<[string, Changes[string], string]>([
    ["result.json", replace('"outcome": "passed"', '"outcome": "failed"'), 'verdict.outcome is "failed"'],
    ["controls/mapping.json", replace('"not evidenced"', '"evidenced"'), "controls[0].state"],
    ["aws/resources.jsonl", replace(/^.*\n/, ""), "lines, and the journal gives"],
    ["aws/calls.jsonl", replace(/"requestId":"[^"]*"/, '"requestId":"0"'), 'line 1.requestId is "0"'],
    ["data/diff.json", replace('"failed": 0', '"failed": 1'), "failed is 1"],
  ])("%s may not say other facts (%#)", async (file, change, what) => {
    const found = await derived({ [file]: change }, later);
    expect(found).toContain(`${file}: `);
    expect(found).toContain(what);
  });

  it("may have written its control mappings in another form: then nothing of controls is compared", async () => {
    const changes = { "controls/frameworks.json": '{"form": 2}\n', "controls/mapping.json": "{}\n" };
    const controls = ["controls/frameworks.json", "controls/mapping.json", "controls/oscal-ar.json"];
    expect(await derived(changes, later)).toEqual({
      notCompared: ["README.txt", ...controls, ...WORDS.filter((file) => !file.startsWith("controls/")).slice(1)],
      projectControls: [],
    });
  });
});
