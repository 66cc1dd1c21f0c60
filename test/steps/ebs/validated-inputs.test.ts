import { describe, expect, it } from "vitest";
import { loadDrill } from "../../../src/drill/load-drill.ts";
import { STEP_KINDS } from "../../../src/steps/all.ts";

async function problemsOf(uses: string, input: object): Promise<string[]> {
  const drill = {
    apiVersion: "gameday/v1",
    name: "d",
    description: "d",
    regions: { primary: "us-east-1", dr: "us-west-2" },
    safety: { accounts: ["111122223333"] },
    recover: [{ id: "under", uses, with: input }],
    verify: [{ id: "check", uses: "command.run", with: { command: ["true"] } }],
  };
  const { diagnostics } = await loadDrill("drill.yaml", JSON.stringify(drill, null, 2), STEP_KINDS);
  return diagnostics.map(({ sourceLine, column, length, message }) => {
    return `«${sourceLine.slice(column - 1, column - 1 + length)}» ${message}`;
  });
}

const RESTORE = { snapshotId: "snap-0123456789abcdef0", availabilityZone: "us-west-2a" };

describe("what AWS would refuse in the middle of a recovery is told when the file is checked", () => {
  it.each([
    [
      "ebs.restore-volume",
      { ...RESTORE, availabilityZone: "us-east-1a" },
      /us-east-1a is not a zone of us-west-2, the DR Region/,
    ],
    ["ebs.restore-volume", { ...RESTORE, region: "eu-west-1" }, /us-west-2a is not a zone of eu-west-1/],
    ["ebs.restore-volume", { ...RESTORE, volumeType: "io2" }, /io1 and io2 volumes need iops/],
    ["ebs.restore-volume", { ...RESTORE, volumeType: "st1", iops: 500 }, /only gp3, io1 and io2 volumes take iops/],
    ["ebs.restore-volume", { ...RESTORE, volumeType: "gp2", throughput: 250 }, /only gp3 volumes take throughput/],
    ["ec2.launch-host", { availabilityZone: "us-east-1a" }, /us-east-1a is not a zone of us-west-2, the DR Region/],
  ])("%s %j", async (uses, input, message) => {
    const problems = await problemsOf(uses, input);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it.each([
    RESTORE,
    { ...RESTORE, region: "us-east-1", availabilityZone: "us-east-1f" },
    { ...RESTORE, availabilityZone: "${{ regions.dr }}b" },
    { ...RESTORE, region: "${{ regions.primary }}", availabilityZone: "us-east-1a" },
    { ...RESTORE, volumeType: "io2", iops: 3000 },
    { ...RESTORE, volumeType: "io1", iops: "${{ 1000 * 3 }}" },
  ])("nothing is wrong with %j", async (input) => {
    expect(await problemsOf("ebs.restore-volume", input)).toEqual([]);
  });
});
