import { describe, expect, it } from "vitest";
import { loadDrill } from "../../src/drill/load-drill.ts";
import { FIXTURE_KINDS } from "./fixture-kinds.ts";

/** A drill whose step `under` has the given lines; `copy` and `fan` stand before it, `sibling` beside it, `later` after it. */
function drillWith(lines: string): string {
  const indented = lines.replace(/^/gm, "        ").replace("        ", "      - ");
  return `apiVersion: gameday/v1
name: d
description: d
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
prepare:
  - { id: stack, uses: stack.apply, with: { directory: terraform } }
  - { id: copy, uses: ebs.copy-snapshot, with: { snapshotId: snap-1 } }
  - id: fan
    uses: ebs.restore-volume
    forEach: [1, 2]
    with: { snapshotId: snap-1, availabilityZone: "z\${{ each.index }}" }
recover:
  - parallel:
${indented}
      - { id: sibling, uses: ebs.restore-volume, with: { snapshotId: snap-1, availabilityZone: a } }
verify:
  - { id: later, uses: data.check, with: { volumeId: "\${{ steps.under.volumeId }}" } }
`;
}

async function problems(lines: string): Promise<string[]> {
  const { diagnostics } = await loadDrill("drill.yaml", drillWith(lines), FIXTURE_KINDS);
  return diagnostics.map(({ sourceLine, column, length, code, message, hint }) => {
    const pointed = sourceLine.slice(column - 1, column - 1 + length);
    return `«${pointed}» ${code}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
}

/** Problems of one input of the step `under`. */
const ofInput = (key: string, value: string) =>
  problems(`id: under
uses: ebs.restore-volume
with:
  snapshotId: ${key === "snapshotId" ? value : "snap-1"}
  availabilityZone: ${key === "availabilityZone" ? value : "a"}
  ${["snapshotId", "availabilityZone"].includes(key) ? "" : `${key}: ${value}`}`);

describe("expressions that fit", () => {
  it.each([
    ["snapshotId", "${{ steps.copy.snapshotId }}"],
    ["snapshotId", '"${{ steps.copy.snapshotId }}"'],
    ["snapshotId", "'${{ steps.copy[\"snapshotId\"] }}'"],
    ["snapshotId", "x-${{ steps.copy.sizeGiB }}-${{ run.id }}"],
    ["snapshotId", "${{ steps.stack.outputs.anything.goes }}"],
    ["snapshotId", "${{ steps.copy.detail.message }}"],
    ["snapshotId", `"\${{ has(steps.copy.progress) ? 'a' : 'b' }}"`],
    ["snapshotId", "${{ steps.fan.all[0].volumeId }}"],
    ["snapshotId", "${{ steps.copy.tags.filter(tag, tag.key == 'Name')[0].value }}"],
    ["sizeGiB", "${{ steps.copy.sizeGiB + 1 }}"],
    ["sizeGiB", "${{ size(steps.copy.tags) }}"],
    ["sizeGiB", "${{ steps.stack.outputs.size }}"],
    ["zones", "${{ steps.copy.tags.map(tag, tag.value) }}"],
    ["zones", '["${{ regions.dr }}a", b]'],
    ["type", "${{ steps.copy.detail.state }}"],
    ["type", "${{ 'g' + 'p3' }}"],
  ])("%s: %s", async (key, value) => {
    expect(await ofInput(key, value)).toEqual([]);
  });
});

describe("expressions that do not fit", () => {
  it.each([
    [
      "snapshotId",
      "${{ steps.copy.sizeGiB }}",
      "«${{ steps.copy.sizeGiB }}» wrong-type: snapshotId takes a string; the expression yields a number (write string(…) around it)",
    ],
    [
      "snapshotId",
      "${{ steps.copy.tags }}",
      "«${{ steps.copy.tags }}» wrong-type: snapshotId takes a string; the expression yields a list of maps (name one entry of the list: …[0])",
    ],
    [
      "snapshotId",
      "x${{ steps.copy.tags }}",
      "«steps.copy.tags» wrong-type: a list of maps cannot stand inside a longer string (only a string, a number or a boolean can; name one part of it, or let the expression stand alone)",
    ],
    [
      "sizeGiB",
      "${{ steps.copy.snapshotId }}",
      "«${{ steps.copy.snapshotId }}» wrong-type: sizeGiB takes a number; the expression yields a string",
    ],
    [
      "sizeGiB",
      "1${{ steps.copy.sizeGiB }}",
      "«1${{ steps.copy.sizeGiB }}» wrong-type: sizeGiB takes a number; the expression yields a string",
    ],
    [
      "zones",
      "${{ steps.copy.tags.map(tag, size(tag.value)) }}",
      "«${{ steps.copy.tags.map(tag, size(tag.value)) }}» wrong-type: zones takes a list; the expression yields a list of numbers (name one entry of the list: …[0])",
    ],
    [
      "snapshotId",
      "${{ duration('1h') }}",
      "«${{ duration('1h') }}» wrong-type: snapshotId takes a string; the expression yields a google.protobuf.Duration, which is not JSON",
    ],
    [
      "snapshotId",
      "${{ steps.copy.snapshotid }}",
      "«snapshotid» unknown-output: steps.copy has no snapshotid (did you mean snapshotId?)",
    ],
    [
      "snapshotId",
      "${{ steps.copy.detail.stat }}",
      "«stat» unknown-output: steps.copy.detail has no stat (did you mean state?)",
    ],
    [
      "snapshotId",
      "${{ steps.copy.snapshotId.id }}",
      "«id» unknown-output: steps.copy.snapshotId is a string; it has no id",
    ],
    [
      "snapshotId",
      "${{ steps.copy.tags.key }}",
      "«key» unknown-output: steps.copy.tags is a list; it has no key (name one entry, steps.copy.tags[0], or use map, filter, exists, all)",
    ],
    [
      "snapshotId",
      "${{ steps.fan.volumeId }}",
      "«volumeId» unknown-output: steps.fan has no volumeId (it runs once for each entry of a list: steps.fan.all is the list of its outputs)",
    ],
    ["snapshotId", "${{ steps.copi.snapshotId }}", "«copi» unknown-step: there is no step copi (did you mean copy?)"],
    [
      "snapshotId",
      "${{ steps.zzz.snapshotId }}",
      "«zzz» unknown-step: there is no step zzz (earlier steps: stack, copy, fan)",
    ],
    [
      "snapshotId",
      "${{ steps.sibling.volumeId }}",
      "«sibling» sibling-step: step sibling runs at the same time as this step (move one of them out of the parallel group)",
    ],
    [
      "snapshotId",
      "${{ steps.under.volumeId }}",
      "«under» own-output: step under reads its own outputs, which do not exist before it has run",
    ],
    [
      "snapshotId",
      "${{ steps.later.x }}",
      "«later» reference-cycle: a cycle: step under reads step later, which needs step under (one of them has to do without the other's outputs)",
    ],
    [
      "snapshotId",
      "${{ steps }}",
      "«steps» unnamed-step: steps must be followed by the id of a step (for example steps.copy.snapshotId)",
    ],
    [
      "snapshotId",
      "${{ steps[regions.dr] }}",
      "«steps» unnamed-step: steps must be followed by the id of a step (for example steps.copy.snapshotId)",
    ],
    ["snapshotId", "${{ region.dr }}", "«region» unknown-name: there is no region (did you mean regions?)"],
    ["snapshotId", "${{ regions.main }}", "«main» unknown-output: regions has no main (it has primary, dr)"],
    ["snapshotId", "${{ each.value }}", "«each» unknown-name: each exists only in a step with forEach"],
    [
      "snapshotId",
      "${{ 'a' + 1 }}",
      "«'a' + 1» expression-type: no such overload: string + int (both sides must fit the operator: string(…), int(…), double(…) convert; has(…) asks whether it is there)",
    ],
    [
      "snapshotId",
      "${{ steps.copy.tags[steps.copy.sizeGiB].key }}",
      "«steps.copy.tags[steps.copy.sizeGiB]» expression-type: List index must be int, got 'double' (a number from JSON is a double: write int(…) around the index)",
    ],
    [
      "snapshotId",
      "${{ 'a'.matches('b') }}",
      "«'a'.matches('b')» matches-refused: matches() is not allowed: a regular expression can hang (use startsWith, endsWith, contains or ==)",
    ],
    ["snapshotId", "a ${{ b", "«${{» expression-syntax: this ${{ has no closing }}"],
    [
      "snapshotId",
      "${{ nofunction(1) }}",
      "«nofunction(1)» expression-type: found no matching overload for 'nofunction(int)'",
    ],
  ])("%s: %s", async (key, value, problem) => {
    expect(await ofInput(key, value)).toContain(problem);
  });

  it("are found in text that YAML folds or escapes, at the start of the value", async () => {
    expect(await ofInput("snapshotId", '"\\u0041${{ steps.copi.x }}"')).toEqual([
      '«"\\u0041${{ steps.copi.x }}"» unknown-step: there is no step copi (did you mean copy?)',
    ]);
  });
});

describe("a later step", () => {
  it("that does not need this one is told to be moved", async () => {
    const lines =
      "id: other\nuses: ebs.restore-volume\nwith: { snapshotId: '${{ steps.later.x }}', availabilityZone: a }";
    expect((await problems(lines))[0]).toBe(
      "«later» later-step: step later runs later than this step (move step later before this one: steps run in file order)",
    );
  });
});

describe("if", () => {
  const ofIf = (condition: string) =>
    problems(`id: under
uses: ebs.restore-volume
if: ${condition}
with: { snapshotId: snap-1, availabilityZone: a }`);

  it.each([
    "steps.copy.encrypted",
    "${{ steps.copy.sizeGiB > 3 }}",
    "steps.stack.outputs.flag",
    "true",
    "has(steps.copy.progress)",
  ])("%s", async (condition) =>
    expect((await ofIf(condition)).filter((problem) => !problem.includes("encrypted"))).toEqual([]),
  );

  it.each([
    ["steps.copy.sizeGiB", "«steps.copy.sizeGiB» wrong-type: if takes true or false; the expression yields a number"],
    ["each.value == 1", "«each» unknown-name: each does not exist in if"],
    [
      "x ${{ true }}",
      "«x ${{ true }}» expression-syntax: a condition is one expression; text around ${{ }} would make it a string",
    ],
    [
      "steps.later.x == 1",
      "«later» reference-cycle: a cycle: step under reads step later, which needs step under (one of them has to do without the other's outputs)",
    ],
  ])("%s", async (condition, problem) => expect(await ofIf(condition)).toEqual([problem]));
});

describe("forEach", () => {
  const ofForEach = async (list: string, zone = "${{ each.value }}") =>
    (
      await problems(`id: under
uses: ebs.restore-volume
forEach: ${list}
with: { snapshotId: snap-1, availabilityZone: "${zone}" }`)
    ).filter((problem) => !problem.includes("steps.under has no volumeId"));

  it.each([
    ["[a, b]", "${{ each.value }}"],
    ["[1, 2]", "${{ string(each.value) }}-${{ each.index + 1 }}"],
    ["${{ steps.copy.tags }}", "${{ each.value.key }}"],
    ["${{ steps.copy.tags.map(tag, tag.value) }}", "${{ each.value }}"],
    ["${{ steps.stack.outputs.zones }}", "${{ each.value }}"],
    ["${{ steps.fan.all }}", "${{ each.value.volumeId }}"],
    ['["${{ regions.dr }}a"]', "${{ each.value }}"],
    ["[a, b]", "${{ steps.copy.tags[each.index].key }}"],
  ])("%s with %s", async (list, zone) => expect(await ofForEach(list, zone)).toEqual([]));

  it.each([
    [
      "${{ steps.copy.snapshotId }}",
      "a",
      "«${{ steps.copy.snapshotId }}» wrong-type: forEach takes a list; this is a string (write a list, or one ${{ }} expression that yields one)",
    ],
    [
      "just text",
      "a",
      "«just text» wrong-type: forEach takes a list; this is a string (write a list, or one ${{ }} expression that yields one)",
    ],
    [
      "[1, 2]",
      "${{ each.value }}",
      '«"${{ each.value }}"» wrong-type: availabilityZone takes a string; the expression yields a number (write string(…) around it)',
    ],
    ["${{ steps.copy.tags }}", "${{ each.value.kee }}", "«kee» no-such-key: No such key: kee"],
    [
      "${{ steps.under.all }}",
      "a",
      "«under» reference-cycle: a cycle: the forEach of step under reads the step's own outputs",
    ],
    [
      "${{ steps.later.all }}",
      "a",
      "«later» reference-cycle: a cycle: step under reads step later, which needs step under (one of them has to do without the other's outputs)",
    ],
    ["${{ [each.value] }}", "a", "«each» unknown-name: each does not exist in forEach"],
  ])("%s with %s", async (list, zone, problem) =>
    expect(await ofForEach(list, zone)).toEqual(expect.arrayContaining([problem])),
  );
});

it("a key cannot hold an expression", async () => {
  const lines = 'id: under\nuses: stack.apply\nwith: { directory: a, variables: { "${{ run.id }}": b } }';
  expect(await problems(lines)).toContain('«"${{ run.id }}"» expression-as-key: a key cannot hold an expression');
});

it("refuses an expression that could grow without bound, before anything of it is evaluated", async () => {
  const tenfold = Array.from({ length: 10 }).fill("a").join(" + ");
  const [problem] = await ofInput("snapshotId", `"\${{ [[1, 1, 1, 1]]${`.map(a, ${tenfold})`.repeat(8)}[0] }}"`);
  expect(problem).toMatch(/value-too-large: this could grow to \S+ parts; at most \d+ are allowed/);
});
