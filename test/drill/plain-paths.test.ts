import * as fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkInput } from "../../src/drill/check-input.ts";
import { checkSteps } from "../../src/drill/check-steps.ts";
import { DiagnosticList } from "../../src/drill/diagnostic.ts";
import { PHASES } from "../../src/drill/drill.ts";
import { findSteps } from "../../src/drill/find-steps.ts";
import { surelyRight } from "../../src/drill/plain-paths.ts";
import { readQuickly } from "../../src/drill/quick-yaml.ts";
import { STEP_KINDS } from "../../src/steps/all.ts";

const SEED = Number(process.env["GAMEDAY_FUZZ_SEED"] ?? 20_261_122);

/** Whether the steps of a drill were surely right; and what the check with CEL tells of them. */
function checked(text: string): { sure: boolean; told: readonly string[] } {
  const diagnostics = new DiagnosticList("drill.yaml", text);
  const root = readQuickly(text);
  if (!root) throw new Error("the drill is not read quickly");
  const found = findSteps(root, STEP_KINDS, diagnostics);
  const steps = PHASES.flatMap((phase) => found[phase].flatMap((entry) => entry.steps));
  for (const step of steps) checkInput(step, undefined, diagnostics);
  if (diagnostics.toArray().length > 0) throw new Error("the drill is wrong without its expressions");
  const sure = surelyRight(steps);
  checkSteps(steps, diagnostics);
  return { sure, told: diagnostics.toArray().map(({ message }) => message) };
}

const EXPRESSIONS = [
  ..."steps.marker.volumeId steps.marker.nothing steps.marker steps.nobody.volumeId steps.own.volumeId".split(" "),
  ..."steps.later.volumeId run.id run.nothing regions.dr drill.name account.id each.value each steps".split(" "),
  ..."steps.volume.sizeGiB steps.volume.encrypted steps.volume.kmsKeyId steps.marker.volumeId.x 1 true null".split(" "),
  ..."string.x google.protobuf steps.marker.in steps.marker.constructor __proto__.x steps.__proto__.x".split(" "),
  ..."steps.marker.manifest steps.marker.toString steps.checksum.rootDigest steps.marker['volumeId'] steps.marker.volumeId+'' 'text'".split(
    " ",
  ),
];
const RIGHT = "steps.marker.volumeId run.id regions.dr drill.name account.id steps.volume.volumeId".split(" ");
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...RIGHT).map((source) => `\${{ ${source} }}`) },
  fc.constantFrom(...EXPRESSIONS).map((source) => `\${{ ${source} }}`),
  fc.tuple(fc.constantFrom(...EXPRESSIONS), fc.constantFrom(...EXPRESSIONS)).map(([a, b]) => `\${{ ${a} }}-\${{${b}}}`),
  fc.constantFrom("${{", "${{ }}", "${{ steps.marker.volumeId }", "$${{ run.id }}", "a ${{run.id}} b"),
);

const drillWith = (values: Readonly<Record<string, string>>, more = "") => `prepare:
  - { id: marker, uses: ebs.write-marker, with: { volumeTag: { key: Snapshot, value: "true" } } }
  - { id: volume, uses: ebs.restore-volume, with: { snapshotId: snap-12345678, availabilityZone: us-west-2a } }
recover:
  - id: own
    uses: ebs.restore-volume
${more}    with:
${Object.entries(values)
  .map(([key, value]) => `      ${key}: ${JSON.stringify(value)}\n`)
  .join("")}verify:
  - { id: later, uses: ebs.restore-volume, with: { snapshotId: snap-12345678, availabilityZone: us-west-2a } }
`;

describe("expressions that are plain paths", () => {
  const quick = readdirSync("drills").filter((name) => readQuickly(readFileSync(`drills/${name}/drill.yaml`, "utf8")));
  it.each(quick)("%s: nothing is told of it", (name) => {
    expect(checked(readFileSync(`drills/${name}/drill.yaml`, "utf8")).told).toEqual([]);
  });

  it("the drills without conditions and loops need no CEL", () => {
    expect(checked(readFileSync("drills/ebs-snapshot-copy/drill.yaml", "utf8")).sure).toBe(true);
  });

  it("are sure only where CEL has nothing to tell", () => {
    let sure = 0;
    const some = fc.record({
      snapshotId: text,
      availabilityZone: text,
      sizeGiB: fc.option(text, { nil: "${{ steps.volume.sizeGiB }}" }),
      encrypted: fc.option(text, { nil: "${{ steps.volume.encrypted }}" }),
    });
    fc.assert(
      fc.property(some, (values) => {
        const result = checked(drillWith(values));
        if (!result.sure) return;
        sure++;
        expect(result.told).toEqual([]);
      }),
      { numRuns: 3_000, seed: SEED },
    );
    expect(sure).toBeGreaterThan(20);
  });

  it.each([
    ["a condition", "    if: run.id == 'x'\n"],
    ["a loop", "    forEach: [1, 2]\n"],
  ])("are not sure with %s", (_, more) => {
    const values = { snapshotId: "snap-12345678", availabilityZone: "us-west-2a" };
    expect(checked(drillWith(values)).sure).toBe(true);
    expect(checked(drillWith(values, more)).sure).toBe(false);
  });
});
