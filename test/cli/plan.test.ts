import { describe, expect, it } from "vitest";
import { plan } from "../../src/cli/commands/plan.ts";
import { worstCaseOfDrill, worstCaseOfStep } from "../../src/cli/drills/worst-case.ts";
import { stepsOf } from "../../src/drill/drill.ts";
import { loadDrill } from "../../src/drill/load-drill.ts";
import { FIXTURE_KINDS, VALID_DRILL } from "../drill/fixture-kinds.ts";
import { capturedIo } from "./captured-io.ts";
import { FIXTURE_LIBRARY, writeDrill } from "./fixture-library.ts";

describe("gameday plan", () => {
  it("tells what a run would do, create, need, and how long it may take", async () => {
    await using io = await capturedIo();
    await writeDrill(io.cwd, "one", VALID_DRILL);
    expect(await plan({ drill: "one" }, io, FIXTURE_LIBRARY)).toBe(0);
    expect(io.out()).toMatchInlineSnapshot(`
      "ebs-cross-region
        A volume can be recovered in us-west-2.

      account     111122223333 (any other is refused)
      Regions     primary us-east-1, counts as lost from recover on; DR us-west-2
      objectives  RTO 1h · RPO 26h
      controls    nist-800-53r5/CP-9(1), soc2/A1.3

      prepare: before the disaster, not part of the RTA, at most 3d9h12m
        policy: stack.apply, at most 10m
          Applies a stack
          directory: terraform
        copy: ebs.copy-snapshot, at most 3d9h2m
          Copies a snapshot
          up to 3 attempts, 1m apart
          snapshotId: \${{ steps.policy.outputs.snapshot_id }}

      recover: the disaster is declared, the RTO clock starts, at most 20m
        volumes: ebs.restore-volume, at most 10m
          Restores a volume
          once for each of ["us-west-2a","us-west-2b"], 2 at once
          target 5m
          snapshotId: \${{ steps.copy.snapshotId }}
          availabilityZone: \${{ each.value }}
        at the same time:
          bigger "A larger volume": ebs.restore-volume, at most 10m
            Restores a volume
            only if steps.copy.sizeGiB < 100
            snapshotId: \${{ steps.copy.snapshotId }}
            availabilityZone: us-west-2a
            sizeGiB: \${{ steps.copy.sizeGiB + 1 }}
          second: ebs.restore-volume, at most 10m
            Restores a volume
            snapshotId: snap-1
            availabilityZone: us-west-2a

      verify: the RTO clock stops when the last step has passed, at most 10m
        check: data.check, at most 10m
          Checks data
          volumeId: \${{ steps.volumes.all[0].volumeId }}
          expect: \${{ steps.copy.tags.map(tag, tag.key) }}

      teardown: then everything the run made is destroyed, newest first
        no steps

      created, and destroyed by teardown:
        ec2.snapshot by copy

      IAM permissions (gameday permissions ebs-cross-region prints the policy):
        ec2: CopySnapshot, CreateTags, CreateVolume, DeleteSnapshot, DescribeRegions, DescribeSnapshots, DescribeVolumes
        kms: Decrypt
        sts: GetCallerIdentity

      A run takes at most 30h, then teardown takes at most 30m.
      Its steps could take 3d9h42m; safety.maxDuration cuts them off.
      "
    `);
    expect(io.err()).toBe("");
  });

  it("shows the diagnostics of an invalid drill and fails with its name", async () => {
    await using io = await capturedIo();
    await writeDrill(io.cwd, "bad", VALID_DRILL.replace("rto: 1h", "rto: soon"));
    await expect(plan({ drill: "bad" }, io, FIXTURE_LIBRARY)).rejects.toMatchObject({
      details: { code: "invalid-drill", message: "drills/bad/drill.yaml is not a valid drill: 1 error" },
    });
    expect(io.err()).toContain('objectives.rto: "soon" is not a duration');
  });

  it("writes no control characters of a drill", async () => {
    await using io = await capturedIo();
    const text = VALID_DRILL.replace("directory: terraform", 'directory: "a\\e[31mb\\u202e"').replace(
      "description: A",
      'description: "\\e]0;x\\a',
    );
    await writeDrill(io.cwd, "nasty", text.replace("in us-west-2.\n", 'in us-west-2."\n'));
    expect(await plan({ drill: "nasty" }, io, FIXTURE_LIBRARY)).toBe(0);
    expect(io.out()).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    expect(io.out()).toContain("directory: a\\u{1b}[31mb\\u{202e}");
  });
});

describe("the worst case", () => {
  const drillOf = async (text: string) => (await loadDrill("d.yaml", text, FIXTURE_KINDS)).drill!;
  const stepOf = async (lines: string) => {
    const text = `${VALID_DRILL.slice(0, VALID_DRILL.indexOf("recover:"))}recover:
  - id: one
    uses: ebs.restore-volume
    with: { snapshotId: a, availabilityZone: a }
    ${lines}
`;
    return worstCaseOfStep(stepsOf((await drillOf(text)).phases.recover)[0]!, FIXTURE_LIBRARY);
  };
  const minutes = (count: number) => count * 60_000;

  it.each([
    ["name: default", minutes(10), false],
    ["timeout: 3m", minutes(3), false],
    ["timeout: 3m\n    retry: { attempts: 4, delay: 1m }", minutes(4 * 3 + 3), false],
    ["timeout: 3m\n    forEach: [1, 2, 3, 4, 5]\n    concurrency: 2", minutes(3 * 3), false],
    [`timeout: 3m\n    forEach: [${Array.from({ length: 11 }).fill(1).join()}]`, minutes(2 * 3), false],
    ["timeout: 3m\n    forEach: []", 0, false],
    ["timeout: 3m\n    forEach: ${{ steps.policy.outputs.list }}", minutes(3), true],
  ])("of a step with %s", async (lines, ms, atLeast) => {
    expect(await stepOf(lines)).toEqual({ ms, atLeast });
  });

  it("of a drill adds the phases up, a parallel group counts once, the steps of teardown are not in it", async () => {
    // policy 10, copy 3 × 27 h + 2, volumes 10 (two at once), the group 10, check 10
    expect(worstCaseOfDrill(await drillOf(VALID_DRILL), FIXTURE_LIBRARY)).toEqual({
      ms: minutes(10 + 3 * 27 * 60 + 2 + 10 + 10 + 10),
      atLeast: false,
    });
  });
});
