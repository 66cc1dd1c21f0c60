import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";

const FAULTS = `says: two faults
faults:
  - name: nobody-knows-us
    says: the caller is not known
    on: sts:GetCallerIdentity
    does: deny
    times: always
  - name: no-regions
    says: the Regions cannot be listed
    on: ec2:DescribeRegions
    does: error
    code: InternalError
    message: An internal error has occurred
    status: 500
`;

test("rehearse --faults FILE prints how each run ended, and leaves nothing in the folder", async () => {
  const cwd = await throwAwayFolder();
  await writeFile(join(cwd, "two.yaml"), FAULTS);
  const { code, stdout, stderr } = await gamedayHere(["rehearse", "ebs-snapshot-copy", "--faults", "two.yaml"], {
    cwd,
  });
  const [took, ...lines] = stdout.trimEnd().split("\n").toReversed();
  expect(lines.toReversed().join("\n")).toMatchInlineSnapshot(`
    "nobody-knows-us: the caller is not known
      refused (7) · access-denied  sts: GetCallerIdentity

    no-regions: the Regions cannot be listed
      passed (0)  ec2: DescribeRegions

    2 runs: 1 refused (7), 1 passed (0)
    every run ended in a documented way"
  `);
  expect(took).toMatch(/^it took /);
  expect(stderr).toContain("ebs-snapshot-copy passes without faults; 2 runs with one fault each follow");
  expect(code).toBe(0);
  expect(await readdir(cwd)).toEqual(["two.yaml"]);
});

test("rehearse --faults --json: a line for each run, then the sums", async () => {
  const cwd = await throwAwayFolder();
  const { code, stdout } = await gamedayHere(
    ["rehearse", "ebs-snapshot-copy", "--faults", "denied", "--on", "sts:*", "--json"],
    { cwd },
  );
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toEqual([
    expect.objectContaining({
      type: "run",
      fault: "denied",
      operation: "sts:GetCallerIdentity",
      strikes: 1,
      outcome: "refused",
      exitCode: 7,
      leftovers: [],
      remaining: [],
      problems: [],
    }),
    { type: "matrix", drill: "ebs-snapshot-copy", runs: 1, outcomes: { refused: 1 }, undocumented: 0 },
  ]);
  expect(code).toBe(0);
});

test("wrong names and wrong files are told, with what would be right", async () => {
  const cwd = await throwAwayFolder();
  const named = await gamedayHere(["rehearse", "ebs-snapshot-copy", "--faults", "pasing"], { cwd });
  expect([named.code, named.stderr]).toEqual([2, expect.stringContaining("did you mean passing?")]);
  await mkdir(join(cwd, "f"));
  await writeFile(join(cwd, "f/bad.yaml"), "says: x\nfaults:\n  - { name: a, says: b, does: reset, times: -1 }\n");
  const bad = await gamedayHere(["rehearse", "ebs-snapshot-copy", "--faults", "f/bad.yaml"], { cwd });
  expect(bad.code).toBe(2);
  expect(bad.stderr).toMatch(/f\/bad\.yaml:3:\d+: faults\.0\.times: /);
});
