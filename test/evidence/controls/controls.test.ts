import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readQuickly } from "../../../src/drill/quick-yaml.ts";
import type { RunRecord } from "../../../src/engine/record.ts";
import { loadControls } from "../../../src/evidence/controls/load-controls.ts";
import { mapControls, mappedState, type ControlMapping } from "../../../src/evidence/controls/map-controls.ts";
import type { Framework } from "../../../src/evidence/controls/framework.ts";
import { assessmentResults } from "../../../src/evidence/oscal/assessment-results.ts";
import { uuid5 } from "../../../src/evidence/oscal/uuid.ts";
import { recordOf, type Timed } from "../journaled.ts";
import { abortedWithLeftovers, cutOffRun, failedVerification, passedRehearsal, refusedRun } from "../runs.ts";
import { ASSESSMENT_RESULTS } from "./oscal.ts";

const SHIPPED = join(import.meta.dirname, "../../../controls");
let frameworks: readonly Framework[];
beforeAll(async () => void (frameworks = await loadControls([SHIPPED])));

it("what is read quickly of the shipped mappings is what the YAML library reads", async () => {
  for (const name of (await readdir(SHIPPED)).filter((file) => file.endsWith(".yaml"))) {
    const text = await readFile(join(SHIPPED, name), "utf8");
    expect(readQuickly(text)?.value, name).toEqual(parse(text));
  }
});

function live(events: readonly Timed[]): RunRecord {
  return recordOf(
    events.map((event) => {
      if (event.type === "run-started") return { ...event, mode: "live" as const };
      return event.type === "identity-confirmed" ? { ...event, intent: "ab".repeat(32) } : event;
    }),
  );
}

function states(mapping: ControlMapping, framework = "nist-800-53r5"): Record<string, string> {
  return Object.fromEntries(
    mapping.controls.filter((row) => row.framework === framework).map((row) => [row.id, mappedState(row)]),
  );
}

describe("the shipped mappings", () => {
  it("are valid, name each control once, and claim no more than evidence", async () => {
    expect(frameworks.length).toBeGreaterThan(10);
    for (const { controls } of frameworks) expect(new Set(controls.map(({ id }) => id)).size).toBe(controls.length);
    const text = JSON.stringify(frameworks);
    expect(text).not.toMatch(/complian|certif/i);
  });

  it("a live run that passed is evidence for what it shows, and says why it is none for the rest", () => {
    const rows = states(mapControls(frameworks, live(passedRehearsal())));
    expect(rows).toMatchObject({
      "CP-4a": "evidence for",
      "CP-9(1)": "evidence for",
      "CP-10": "evidence for",
      "CP-4b": expect.stringMatching(/^not evidenced by this run: no signed review/),
      "CP-4(4)": "not claimed: the drill recovers parts of a system, not a full one",
      "CP-4(5)": "not claimed: no fault was injected",
    });
  });

  it("a failed live run is still evidence that a test was made, and that the data were not recovered", () => {
    const rows = states(mapControls(frameworks, live(failedVerification())));
    expect(rows).toMatchObject({
      "CP-4a": "evidence for",
      "CP-9(1)": "evidence that it is not met",
      "CP-10": "evidence that it is not met",
    });
  });

  it.each([
    ["rehearsal", passedRehearsal],
    ["refused", refusedRun],
    ["aborted", abortedWithLeftovers],
  ])("a run that is %s evidences no recovery", (_name, run) => {
    const mapping = mapControls(frameworks, recordOf(run()));
    const wanted = mapping.controls.filter(({ state, id }) => state === "evidenced" && /^CP-(4a|9\(1\)|10)$/.test(id));
    expect(wanted).toEqual([]);
  });

  it("a control of the drill file that nobody has mapped is told", () => {
    const record = live(passedRehearsal());
    const named = { ...record, run: { ...record.run, controls: ["nist-800-53r5/CP-10", "own/42"] } };
    const mapping = mapControls(frameworks, named);
    expect(mapping.unknown).toEqual(["own/42"]);
    expect(mapping.controls[0]).toMatchObject({ id: "CP-10", named: true });
  });
});

describe("a project's own mappings", () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "gameday-controls-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const own = (more: string) =>
    `framework: soc2\ntitle: Ours\nversion: "1"\ncontrols:\n  - id: A1.3\n    meaning: ours\n    artefact: result.json\n    strength: S\n${more}`;

  it("take the place of shipped ones", async () => {
    await writeFile(
      join(folder, "ours.yaml"),
      own(`    requires: [{ when: 'target.dr == "us-west-2"', reason: elsewhere }]\n`),
    );
    const soc2 = (await loadControls([SHIPPED, folder])).find(({ framework }) => framework === "soc2");
    expect(soc2?.controls.filter(({ id }) => id === "A1.3").map(({ meaning }) => meaning)).toEqual(["ours"]);
    expect(soc2?.controls.map(({ id }) => id)).toContain("A1.2");
  });

  it.each([
    ["no CEL", `    requires: [{ when: 'run.', reason: x }]\n`],
    ["an unknown fact", `    requires: [{ when: 'process.env', reason: x }]\n`],
    ["an unknown key", `    compliant: true\n`],
    ["an alias", `    x: &a [1]\n    y: *a\n`],
  ])("with %s are refused", async (_name, more) => {
    await writeFile(join(folder, "ours.yaml"), own(more));
    await expect(loadControls([folder])).rejects.toMatchObject({ details: { code: "invalid-controls" } });
  });
});

describe("OSCAL", () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  const validate = ajv.compile(ASSESSMENT_RESULTS);
  const journal = { seq: 5, prev: "ab".repeat(32), mono: 0 };
  const digests = { "plan/drill.yaml": "cd".repeat(32), "result.json": "ef".repeat(32) };
  const documentOf = (record: RunRecord) =>
    assessmentResults({ record, mapping: mapControls(frameworks, record), journal, digests });

  it.each([
    ["passed", passedRehearsal],
    ["failed", failedVerification],
    ["refused", refusedRun],
    ["aborted", abortedWithLeftovers],
    ["cut off", cutOffRun],
  ])("%s: Assessment Results that are valid and the same each time", async (_name, run) => {
    const document = documentOf(live(run()));
    expect(validate(document) ? [] : validate.errors).toEqual([]);
    expect(documentOf(live(run()))).toEqual(document);
    const official = process.env["OSCAL_AR_SCHEMA"];
    if (official === undefined) return;
    const whole = new Ajv({ strict: false, allErrors: true });
    formats.default(whole);
    const check = whole.compile(JSON.parse(await readFile(official, "utf8")));
    expect(check(document) ? [] : check.errors).toEqual([]);
  });

  it("the checks can fail", () => {
    const document = documentOf(live(passedRehearsal())) as { "assessment-results": Record<string, unknown> };
    const { "import-ap": _left, ...rest } = document["assessment-results"];
    expect(validate({ "assessment-results": rest })).toBe(false);
    expect(validate({ "assessment-results": { ...document["assessment-results"], uuid: "x" } })).toBe(false);
  });

  it("every reference leads somewhere, and no finding is of a rehearsal", () => {
    const text = JSON.stringify(documentOf(live(passedRehearsal())));
    const uuids = new Set([...text.matchAll(/"uuid":"([^"]+)"/g)].map(([, id]) => id));
    for (const [, id] of text.matchAll(/"(?:[a-z]+-uuid|href)":"#?([0-9a-f-]{36})"/g)) expect(uuids).toContain(id);
    expect(text).toContain('"target-id":"cp-9.1_obj-2"');
    expect(JSON.stringify(documentOf(recordOf(passedRehearsal())))).not.toContain('"findings"');
  });

  it("hostile names stay one line of text", () => {
    const record = live(passedRehearsal());
    const drill = { ...record.run.drill, name: "a\u001b[31m\n\u202eb", description: "\n x \u0000" };
    expect(validate(documentOf({ ...record, run: { ...record.run, drill } })) ? [] : validate.errors).toEqual([]);
  });

  it("makes the UUIDs of RFC 9562", () => {
    expect(uuid5("www.example.com", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")).toBe(
      "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    );
  });
});
