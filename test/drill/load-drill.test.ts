import { describe, expect, it } from "vitest";
import { stepsOf } from "../../src/drill/drill.ts";
import { loadDrill } from "../../src/drill/load-drill.ts";
import { FIXTURE_KINDS, VALID_DRILL } from "./fixture-kinds.ts";

const load = (text: string | Uint8Array) => loadDrill("drill.yaml", text, FIXTURE_KINDS, "/drills/x");

/** `«what the caret is under» code: message` of every diagnostic. */
async function problems(text: string | Uint8Array): Promise<string[]> {
  return (await load(text)).diagnostics.map(({ sourceLine, column, length, code, message }) => {
    return `«${sourceLine.slice(column - 1, column - 1 + length)}» ${code}: ${message}`;
  });
}

/** The problems after one replacement in a drill in which nothing is wrong. */
async function after(found: string, replacement: string): Promise<string[]> {
  expect(VALID_DRILL).toContain(found);
  return problems(VALID_DRILL.replace(found, replacement));
}

describe("a valid drill file", () => {
  it("has no diagnostics, and its durations are milliseconds", async () => {
    const { drill, diagnostics } = await load(VALID_DRILL);
    expect(diagnostics).toEqual([]);
    expect(drill).toMatchObject({
      name: "ebs-cross-region",
      objectives: { rtoMs: 3_600_000, rpoMs: 93_600_000 },
      regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: true },
      safety: { accounts: ["111122223333"], maxDurationMs: 108_000_000, teardownBudgetMs: 1_800_000 },
      controls: ["nist-800-53r5/CP-9(1)", "soc2/A1.3"],
    });
    expect(stepsOf(drill!.phases.prepare)[1]).toMatchObject({
      timeoutMs: 97_200_000,
      retry: { attempts: 3, delayMs: 60_000 },
    });
    expect(stepsOf(drill!.phases.recover).map(({ id }) => id)).toEqual(["volumes", "bigger", "second"]);
    expect(drill!.phases.teardown).toEqual([]);
  });

  it("says where it came from", async () => {
    const { source } = (await load(VALID_DRILL)).drill!;
    expect(source).toMatchObject({ path: "/drills/x/drill.yaml", folder: "/drills/x", text: VALID_DRILL });
    expect(source.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("may start with a byte order mark and have Windows line ends", async () => {
    expect(await problems(`\ufeff${VALID_DRILL.replaceAll("\n", "\r\n")}`)).toEqual([]);
  });

  it("may say if: false to switch a step off", async () => {
    const { drill } = await load(VALID_DRILL.replace("if: steps.copy.sizeGiB < 100", "if: false"));
    expect(stepsOf(drill!.phases.recover)[1]?.if).toBe("false");
  });
});

describe("the frame", () => {
  it.each([
    [
      "apiVersion: gameday/v1",
      "apiVersion: gameday/v2",
      '«gameday/v2» wrong-value: apiVersion: expected gameday/v1, found "gameday/v2"',
    ],
    ["name: ebs-cross-region", "name: EBS drill", '«EBS drill» wrong-value: name: "EBS drill" is not a drill name'],
    ["rto: 1h", "rto: 1 hour", '«1 hour» wrong-value: objectives.rto: "1 hour" is not a duration'],
    ["rto: 1h", "rto: 60", "«60» wrong-type: objectives.rto: expected a string, found the number 60"],
    ["timeout: 27h", "timeout: -5m", '«-5m» wrong-value: timeout: "-5m" is not a duration'],
    [
      "dr: us-west-2",
      "dr: us-west-2a",
      '«us-west-2a» wrong-value: regions.dr: "us-west-2a" is not the name of an AWS Region',
    ],
    [
      '["111122223333"]',
      '["11112222333"]',
      '«"11112222333"» wrong-value: safety.accounts[0]: "11112222333" is not an AWS account id',
    ],
    [
      '["111122223333"]',
      "[111122223333]",
      "«111122223333» wrong-type: safety.accounts[0]: expected a string, found the number 111122223333",
    ],
    ["safety:\n", "safty:\n", '«safty» unknown-key: the drill has no key "safty"'],
    [
      "dr: us-west-2",
      "dr: us-east-1",
      "«us-east-1» same-region: regions.dr is the same as regions.primary: nothing is proved about the loss of us-east-1",
    ],
    [
      "description: A volume can be recovered in us-west-2.",
      "description: ${{ drill.name }}",
      "«${{ drill.name }}» expression-here: no expression can stand here",
    ],
  ])("%s → %s", async (found, replacement, problem) => {
    expect(await after(found, replacement)).toContain(problem);
  });

  it("needs at least one recover step, and warns without a verify step", async () => {
    const text = VALID_DRILL.slice(0, VALID_DRILL.indexOf("recover:"));
    expect(await problems(`${text}recover: []\n`)).toEqual([
      "«recover» wrong-value: recover: at least 1 entry is needed",
      "«recover» nothing-verified: no verify step: every run of this drill will be unproven, never passed",
    ]);
  });

  it("refuses a role of an account that the drill may not run in", async () => {
    const role = "assumeRole: { roleArn: arn:aws:iam::999999999999:role/Drill }\nprepare:";
    expect((await after("prepare:", role))[0]).toContain(
      "«arn:aws:iam::999999999999:role/Drill» foreign-role: the role belongs to account 999999999999",
    );
  });

  it("names the missing keys", async () => {
    expect(await problems("apiVersion: gameday/v1\n")).toEqual([
      "«apiVersion» missing-key: the drill needs name (a string)",
      "«apiVersion» missing-key: the drill needs description (a string)",
      "«apiVersion» missing-key: the drill needs regions (a map)",
      "«apiVersion» missing-key: the drill needs safety (a map)",
      "«apiVersion» missing-key: the drill needs recover (a list)",
      "«apiVersion» nothing-verified: no verify step: every run of this drill will be unproven, never passed",
    ]);
  });

  it.each(["", "# nothing\n", "---\n", "null\n"])("an empty file %j is told to be empty", async (text) => {
    expect(await problems(text)).toEqual(["«» empty-file: the drill file is empty"]);
  });

  it.each(["just text\n", "- a\n- list\n", "42\n"])("%j is not a drill", async (text) => {
    expect((await problems(text)).join()).toContain("wrong-type: the drill: expected a map");
  });
});

describe("steps", () => {
  it.each([
    ["uses: stack.apply", "uses: stack.aply", '«stack.aply» unknown-step-kind: there is no step kind "stack.aply"'],
    [
      "{ directory: terraform }",
      "{ directry: terraform }",
      "«with» missing-key: stack.apply needs directory (a string)",
    ],
    [
      "{ directory: terraform }",
      "{ directry: terraform }",
      '«directry» unknown-key: stack.apply has no key "directry"',
    ],
    [
      "{ directory: terraform }",
      "{ directory: 7 }",
      "«7» wrong-type: directory: expected a string, found the number 7",
    ],
    ["\n    with: { directory: terraform }", "", "«uses» missing-key: stack.apply needs directory (a string)"],
    ["id: policy", "id: dr-policy", '«dr-policy» wrong-value: id: "dr-policy" is not a step id'],
    ["id: policy", "id: constructor", '«constructor» wrong-value: id: "constructor" is not a step id'],
    ["id: copy", "id: policy", "«policy» duplicate-id: there are two steps with the id policy"],
    ["attempts: 3", "attempts: 0", "«0» wrong-value: retry.attempts: at least 1 is needed"],
    [
      "uses: data.check",
      "uses: ebs.copy-snapshot",
      "«ebs.copy-snapshot» wrong-phase: ebs.copy-snapshot cannot stand in verify",
    ],
    [
      "    forEach: [us-west-2a, us-west-2b]\n",
      "",
      "«concurrency» unused-key: concurrency has no effect without forEach",
    ],
    ["target: 5m", "targets: 5m", '«targets» unknown-key: step volumes has no key "targets"'],
  ])("%s → %s", async (found, replacement, problem) => {
    expect(await after(found, replacement)).toContain(problem);
  });

  it("cannot stand in a group inside a group", async () => {
    const nested = "      - { parallel: [] }\n      - { id: second";
    expect(await after("      - { id: second", nested)).toEqual([
      "«parallel» nested-parallel: a parallel group cannot stand in another one",
    ]);
  });

  it("an entry that is no map is told", async () => {
    expect(await after("verify:\n", "verify:\n  - just text\n")).toContain(
      '«just text» wrong-type: a step of verify: expected a map, found "just text"',
    );
  });
});

describe("every problem is told at once", () => {
  it("with line and column from 1", async () => {
    const { diagnostics } = await load(VALID_DRILL.replace("directory: terraform", "directory: 7"));
    expect(diagnostics).toEqual([
      {
        severity: "error",
        code: "wrong-type",
        message: "directory: expected a string, found the number 7",
        hint: 'write it in quotes: "7"',
        path: "drill.yaml",
        line: 13,
        column: 24,
        length: 1,
        sourceLine: "    with: { directory: 7 }",
      },
    ]);
  });

  it("across frame, steps, inputs and expressions", async () => {
    const text = VALID_DRILL.replace("rto: 1h", "rto: soon")
      .replace("uses: stack.apply", "uses: stack.aply")
      .replace("encrypted", "encripted")
      .replace('steps.copy.snapshotId }}", avail', 'steps.copi.snapshotId }}", avail')
      .replace("sizeGiB + 1", "sizeGiB + 'x'")
      .replace("id: check", "id: check-it");
    const codes = (await load(text)).diagnostics.map(({ code }) => code);
    expect(codes).toEqual(["wrong-value", "unknown-step-kind", "unknown-step", "expression-type", "wrong-value"]);
  });

  it("gives no drill when there is an error, and one when there are only warnings", async () => {
    expect((await load(VALID_DRILL.replace("rto: 1h", "rto: soon"))).drill).toBeUndefined();
    expect((await load(VALID_DRILL.replace("dr: us-west-2", "dr: us-east-1"))).drill).toBeDefined();
  });
});
