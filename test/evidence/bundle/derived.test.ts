import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { verifyBundle, type VerifiedBundle } from "../../../src/evidence/bundle/verify-bundle.ts";
import type { Renderer } from "../../../src/evidence/bundle/renderer.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { digestsIn, filesIn, signAgain } from "./sign-again.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

/** Whoever ran the drill has its key: here everything is signed again by it, manifest, subjects and all. */
let of: SmallBundle;
/** The copy that is damaged, and put right after each look. */
let damaged: string;
let digests: ReadonlyMap<string, string>;
beforeAll(async () => {
  of = await smallBundle();
  damaged = await of.copy();
  digests = await digestsIn(damaged);
});
afterAll(() => of.close());

const RESULT = "attestations/result.intoto.jsonl";
const renderer = remembering(bundleRenderer);
const LATER = { ...renderer, version: "9.9.9" };

/** What has been rendered of the same journal, frameworks and other runs is not rendered again: each of it makes the same. */
function remembering(real: Renderer): Renderer {
  const made = new Map<string, ReturnType<Renderer["render"]>>();
  return {
    ...real,
    render: (told) => {
      const { record: _foldOfTheJournal, ...rest } = told;
      const known = JSON.stringify(rest);
      const rendered = made.get(known) ?? real.render(told);
      made.set(known, rendered);
      return rendered;
    },
  };
}

async function verified(folder: string, by = renderer): Promise<VerifiedBundle | Wrong> {
  return verifyBundle({ folder, renderer: by }).catch((error: unknown) => {
    if (error instanceof Wrong) return error;
    throw error;
  });
}

/** What `verify` says of the bundle with one file that is another, or none. */
async function outcomeWith(file: string, text: string | undefined, by = renderer): Promise<VerifiedBundle | Wrong> {
  const path = join(damaged, file);
  const original = digests.has(file) ? await readFile(path) : undefined;
  const changed = new Map(digests);
  if (text === undefined) {
    changed.delete(file);
    await rm(path);
  } else {
    changed.set(file, sha256(text));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  await signAgain(damaged, of.signer, undefined, changed);
  const outcome = await verified(damaged, by);
  await (original === undefined ? rm(path) : writeFile(path, original));
  return outcome;
}

async function wrongWith(file: string, text: string | undefined, by = renderer): Promise<Wrong> {
  const outcome = await outcomeWith(file, text, by);
  if (outcome instanceof Wrong) return outcome;
  throw new Error("nothing was found to be wrong");
}

async function edited(file: string, change: (text: string) => string): Promise<string> {
  const text = await readFile(join(damaged, file), "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`nothing was changed in ${file}`);
  return changed;
}

async function wrongAfter(file: string, change: (text: string) => string, by = renderer): Promise<Wrong> {
  return wrongWith(file, await edited(file, change), by);
}

/** Another digit or letter of the same kind, in the middle of the text. */
function otherWord(text: string): string {
  const words = [...text.matchAll(/[0-9A-Za-z]{3,}/g)];
  const { index, 0: word } = words[Math.floor(words.length / 2)] ?? { index: 0, 0: "" };
  const other = word.endsWith("9") ? "0" : "9";
  return text.slice(0, index) + word.slice(0, -1) + other + text.slice(index + word.length);
}

const TAMPERINGS: readonly [string, (text: string) => string][] = [
  ["a word of it changed", otherWord],
  ["a line feed more", (text) => `${text}\n`],
];

it("the bundle that is tampered with here holds every file that a run can leave", async () => {
  const conditional = ["plan/files.json", "plan/.terraform.lock.hcl", "data/manifests/"];
  const files = await filesIn(of.path);
  expect(conditional.filter((path) => !files.some((file) => file.startsWith(path)))).toEqual([]);
});

describe("every file of a bundle, changed and signed again with the run's own key, is found and named", () => {
  it.each(TAMPERINGS)("%s", async (_name, change) => {
    expect(digests.size).toBeGreaterThan(20);
    const blamed: [string, string][] = [];
    for (const file of digests.keys()) blamed.push([file, (await wrongAfter(file, change)).file]);
    expect(blamed).toEqual(blamed.map(([file]) => [file, file]));
  });

  it("left out", async () => {
    for (const file of digests.keys())
      expect(await wrongWith(file, undefined)).toMatchObject({ file, what: expect.stringContaining("missing") });
  });

  it.each(["extra.txt", "aws/more.jsonl", "data/manifests/00000000000000000000000000000000.txt", "plan/other.yaml"])(
    "%s added",
    async (file) =>
      expect(await wrongWith(file, "x\n")).toMatchObject({ file, what: "no run leaves such a file in its bundle" }),
  );

  it.each<[string, string | RegExp, string, string]>([
    ["controls/mapping.json", '"not evidenced"', '"evidenced"', "controls["],
    ["aws/calls.jsonl", /"requestId":"[^"]*"/, '"requestId":"00000000-0000"', "requestId"],
    ["plan/files.json", /[0-9a-f]{64}/, "0".repeat(64), "files[0].sha256"],
    ["plan/files.json", "terraform/secret.tf", "terraform/other.tf", "files[1].path"],
    ["aws/teardown.json", '"mayRemain": []', '"mayRemain": ["all"]', "mayRemain[0]"],
    ["data/diff.json", '"failed": 0', '"failed": 1', "failed is 1, and the journal says 0"],
    [
      "keys/key-info.json",
      '"file"',
      '"arn:aws:kms:us-east-1:111122223333:key/1"',
      "where gameday keeps no Ed25519 key",
    ],
    ["keys/key-info.json", '"Ed25519"', '"RSA"', 'algorithm is "RSA"'],
    ["redaction.json", '"blanked": 0', '"blanked": 7', "blanked is 7"],
    ["result.json", /"rtaMs": \d+/, '"rtaMs": 1', "recoveryTime.rtaMs is 1, and the journal says"],
    ["result.json", '"word": "PASS"', '"word": "FAIL"', "verdict.word"],
    [
      "result.json",
      /\n {2}"schemaVersion"/,
      '\n  "more": {},\n  "schemaVersion"',
      "more is {}, and the journal says absent",
    ],
    [
      "result.json",
      '"renderedBy": "0.1.0"',
      '"renderedBy": "0.0.9"',
      "gameday 0.0.9 has rendered it, and the journal names 0.1.0",
    ],
    ["result.json", '"renderedBy": "0.1.0",', "", "no gameday has rendered it"],
    ["result.json", /"id": "01[^"]*"/, '"id": "01ANOTHER"', "it is not of run"],
    ["result.json", /\n {2}"schemaVersion"/, '\n  "history": [{ "none": true }],\n  "schemaVersion"', "history"],
  ])("%s: %s → %s", async (file, from, to, what) => {
    const wrong = await wrongAfter(file, (text) => text.replace(from, to));
    expect(wrong).toMatchObject({ file, what: expect.stringContaining(what) });
  });
});

type Path = readonly (string | number)[];

/** Every place in a value where no further members are; an empty list is one too. */
function leavesOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [path];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

type Members = Record<string | number, unknown>;

function changeAt(root: Members, path: Path): void {
  const within = path.slice(0, -1).reduce((value, name) => value[name] as Members, root);
  const name = path.at(-1) ?? "";
  const value = within[name];
  if (Array.isArray(value)) within[name] = ["more"];
  else if (typeof value === "number") within[name] = value + 1;
  else if (/^[0-9a-f]{64}$/.test(String(value))) within[name] = sha256("other");
  else if (/^\d{4}-/.test(String(value))) within[name] = String(value).replace(/^\d{4}/, "2029");
  else
    within[name] =
      value === "PASSED" || value === "WARNED" ? "FAILED" : value === "emulated" ? "live" : `${String(value)}x`;
}

/** What `verify` says of the bundle with another statement of its result. */
async function stated(change: Parameters<typeof signAgain>[2], by = renderer): Promise<VerifiedBundle | Wrong> {
  const original = await readFile(join(of.path, RESULT));
  await signAgain(damaged, of.signer, change, digests);
  const outcome = await verified(damaged, by);
  await writeFile(join(damaged, RESULT), original);
  return outcome;
}

async function statementIn(folder: string) {
  const { payload } = JSON.parse(await readFile(join(folder, RESULT), "utf8")) as { payload: string };
  return JSON.parse(Buffer.from(payload, "base64").toString()) as Members;
}

/** What is wrong elsewhere when the statement is: it names another manifest, journal or intent than lie beside it. */
const BLAMES: Readonly<Record<string, string>> = {
  "subject.0.digest.sha256": "MANIFEST.sha256",
  "subject.0.name": "MANIFEST.sha256",
  "predicate.gameday.run": "journal.jsonl",
  "predicate.gameday.journal.head": "journal.jsonl",
  "predicate.gameday.journal.events": "journal.jsonl",
  "predicate.gameday.intent": "attestations/intent.intoto.jsonl",
};

describe("every member of the signed statement, changed and signed again", () => {
  it("is found, whatever it is", async () => {
    const leaves = leavesOf(await statementIn(of.path));
    expect(leaves.length).toBeGreaterThan(25);
    const blamed: [string, string][] = [];
    for (const path of leaves) {
      const outcome = await stated((_predicate, statement) => changeAt(statement as Members, path));
      blamed.push([path.join("."), outcome instanceof Wrong ? outcome.file : "nothing"]);
    }
    expect(blamed).toEqual(blamed.map(([path]) => [path, BLAMES[path] ?? RESULT]));
  });

  it.each<[string, (predicate: Members) => void, string]>([
    [
      "another operator",
      (told) => Object.assign(told["gameday"] as Members, { operator: "arn:aws:iam::1:user/other" }),
      "predicate.gameday.operator",
    ],
    [
      "an end in the future",
      (told) => Object.assign(told["gameday"] as Members, { finishedAt: "2029-01-01T00:00:00.000Z" }),
      "predicate.gameday.finishedAt",
    ],
    ["a failed test left out", (told) => void (told["warnedTests"] = []), "predicate.warnedTests[0]"],
    ["a member that gameday does not write", (told) => void (told["approvedBy"] = "the board"), "predicate.approvedBy"],
    [
      "no intent",
      (told) => delete (told["gameday"] as Members)["intent"],
      "it is not the intent that the result names",
    ],
  ])("%s", async (_name, change, what) =>
    expect(await stated(change)).toMatchObject({ what: expect.stringContaining(what) }),
  );
});

it("the same in another form is found too: of a file, of the statement", async () => {
  const compact = (text: string) => `${JSON.stringify(JSON.parse(text))}\n`;
  expect(await wrongAfter("data/diff.json", compact)).toMatchObject({
    file: "data/diff.json",
    what: "it says the same in another form than gameday writes",
  });
  const outcome = await stated((_predicate, statement) => {
    const { subject, ...rest } = statement;
    for (const name of Object.keys(statement)) delete statement[name];
    Object.assign(statement, rest, { subject });
  });
  expect(outcome).toMatchObject({ file: RESULT, what: expect.stringContaining("in another form") });
});

describe("the intent is what the journal says was announced", () => {
  it.each([
    ["operator", { operator: "arn:aws:iam::111122223333:user/other" }],
    ["account", { account: "999988887777" }],
    ["plannedSteps", { plannedSteps: [] }],
    ["regions", { regions: { primary: "eu-west-1", dr: "us-west-2", primaryLost: true } }],
    ["controls", { controls: [] }],
    ["gameday", { gameday: "0.0.1" }],
    ["files", { files: [{ path: "terraform/dlm.tf", sha256: "0".repeat(64) }] }],
  ])("%s", async (name, announced) => {
    const lying = await smallBundle({ signer: of.signer, announced });
    expect(await verified(lying.path)).toMatchObject({
      file: "attestations/intent.intoto.jsonl",
      what: expect.stringMatching(new RegExp(`^${name}[ .[]`)),
    });
    await lying.close();
  });
});

describe("a bundle that another version has rendered, one that the journal names", () => {
  it("is whole, and what could not be rendered again is told", async () => {
    const bundle = await verified(of.path, LATER);
    expect(bundle).toMatchObject({
      renderedBy: "0.1.0",
      notCompared: [
        "README.txt",
        "controls/oscal-ar.json",
        "interop/junit.xml",
        "interop/metrics.csv",
        "interop/trace.otlp.json",
        "report.html",
        "report.md",
      ],
    });
  });

  it("may say the same in other words", async () => {
    const put = (text: string) => text.replace(/"reasons": \[\s*"[^"]*"/, '"reasons": ["put otherwise"');
    const outcome = await outcomeWith("result.json", await edited("result.json", put), LATER);
    expect(outcome).toMatchObject({ files: expect.any(Number) });
  });

  it.each<[string, string | RegExp, string, string]>([
    ["result.json", '"outcome": "passed"', '"outcome": "failed"', "verdict.outcome"],
    ["result.json", /"rtaMs": \d+/, '"rtaMs": 1', "recoveryTime.rtaMs"],
    ["result.json", /"caller": "[^"]*"/, '"caller": "somebody"', "run.caller"],
    ["result.json", '"steps": [', '"steps": [{},', "steps["],
    ["aws/calls.jsonl", /"requestId":"[^"]*"/, '"requestId":"0"', "requestId"],
    ["aws/resources.jsonl", /^.*\n/, "", "lines, and the journal gives"],
    ["controls/mapping.json", '"not evidenced"', '"evidenced"', "controls[0].state"],
    ["plan/drill.resolved.json", "us-west-2", "eu-west-1", "regions.dr"],
    ["data/diff.json", '"failed": 0', '"failed": 1', "failed is 1"],
  ])("is wrong where %s says other facts: %s → %s", async (file, from, to, what) => {
    const wrong = await wrongAfter(file, (text) => text.replace(from, to), LATER);
    expect(wrong).toMatchObject({ file, what: expect.stringContaining(what) });
    expect(wrong.what).toContain("gameday 0.1.0 has rendered it, this is 9.9.9: look with that one too");
  });

  it.each<[string, (predicate: Members) => void]>([
    ["a warned test passed", (told) => void (told["passedTests"] = ["live-evidence", "recovery"])],
    ["another operator", (told) => Object.assign(told["gameday"] as Members, { operator: "somebody" })],
    ["another end", (told) => Object.assign(told["gameday"] as Members, { finishedAt: "2029-01-01T00:00:00.000Z" })],
  ])("is wrong where its statement says better: %s", async (_name, change) =>
    expect(await stated(change, LATER)).toMatchObject({ file: RESULT }),
  );
});

it("controls of a project are weighed as it mapped them, and told; those that gameday maps are all there", async () => {
  const [first, ...others] = await bundleRenderer.shippedFrameworks();
  const [control] = first?.controls ?? [];
  if (!first || !control) throw new Error("gameday ships no controls");
  const project = { framework: "own", title: "Our policy", version: "1", controls: [{ ...control, id: "R-1" }] };
  const with_ = await smallBundle({ signer: of.signer, frameworks: [first, ...others, project] });
  expect(await verified(with_.path)).toMatchObject({ projectControls: ["own/R-1"] });
  await with_.close();
  const lax = { ...first, controls: first.controls.map((one) => ({ ...one, requires: [] })) };
  const replaced = await smallBundle({ signer: of.signer, frameworks: [lax, ...others] });
  const outcome = (await verified(replaced.path)) as VerifiedBundle;
  expect(outcome.projectControls).toContain(
    `${first.framework}/${first.controls.find(({ requires = [] }) => requires.length > 0)?.id}`,
  );
  await replaced.close();
  const less = await smallBundle({ signer: of.signer, frameworks: others });
  expect(await verified(less.path)).toMatchObject({
    file: "controls/frameworks.json",
    what: `${first.framework}/${control.id} is missing, which gameday maps`,
  });
  await less.close();
});

it("nothing in a bundle's own files steers a terminal", async () => {
  const hostile = "Orders\u009b31m \u202eevil\u200b";
  const events = (await import("../runs.ts"))
    .passedRehearsal()
    .map((event) => (event.type === "step-started" ? { ...event, input: { note: hostile } } : event));
  const small = await smallBundle({ events, signer: of.signer });
  for (const file of (await filesIn(small.path)).filter((name) => name !== "plan/drill.yaml"))
    expect(await readFile(join(small.path, file), "utf8"), file).not.toMatch(/[\u009b\u202e\u200b]/);
  expect(JSON.parse(await readFile(join(small.path, "plan/drill.resolved.json"), "utf8"))).toMatchObject({
    inputs: { marker: { input: { note: hostile } } },
  });
  await small.close();
});

it("lines of a manifest that the journal names and the run's folder has lost keep the bundle from being written", async () => {
  const { bundleRun } = await import("../../../src/evidence/bundle/bundle-run.ts");
  const runFolder = join(of.root, "run-without");
  await cp(of.runFolder, runFolder, { recursive: true });
  await rm(join(runFolder, "manifests"), { recursive: true });
  const written = bundleRun({ ...of, runFolder, output: join(of.root, "without"), rendered: [] });
  await expect(written).rejects.toMatchObject({ details: { code: "run-folder-incomplete" } });
});
