import { afterEach, describe, expect, it } from "vitest";
import { AwsError } from "../../../src/sandbox/service.ts";
import { startRehearsal, step, type Rehearsal } from "../rehearsal.ts";
import { MARKER, stepOf } from "./snapshot-copy-steps.ts";

let rehearsal: Rehearsal;
afterEach(() => rehearsal.close());

/** A sandbox that refuses an operation so many times, in AWS's words. */
async function refusing(operation: string, times: number, error: AwsError): Promise<void> {
  let left = times;
  rehearsal = await startRehearsal({
    interceptors: [(call) => (call.operation === operation && left-- > 0 ? { kind: "error", error } : undefined)],
  });
}

const UNDER_WAY = new AwsError(
  "ConcurrentSnapshotLimitExceeded",
  "Maximum allowed in-progress snapshots for a single volume exceeded.",
);
const UNKNOWN_PROFILE = new AwsError(
  "InvalidParameterValue",
  "Value (gameday-host) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
);
const SNAPSHOT = step("snapshot", "ebs.create-snapshot", { volumeId: "${{ steps.marker.volumeId }}" });

describe("AWS says no for now", () => {
  it("while a snapshot of the volume is under way: waited out, for as long as the step has time", async () => {
    await refusing("CreateSnapshot", 40, UNDER_WAY);
    const run = await rehearsal.run({ prepare: [MARKER, SNAPSHOT] });
    expect(stepOf(run, "snapshot").outcome).toBe("passed");
    const made = rehearsal.sandbox.world.log.filter(({ id, state }) => id === "ec2:CreateSnapshot" && state === "200");
    expect(made).toHaveLength(1);
  });

  it("and the step's time ends first: timed out, nothing made, the reason seen", async () => {
    await refusing("CreateSnapshot", Infinity, UNDER_WAY);
    const run = await rehearsal.run({ prepare: [MARKER, { ...SNAPSHOT, timeoutMs: 600_000 }] });
    expect(stepOf(run, "snapshot")).toMatchObject({
      outcome: "timed-out",
      lastProgress: expect.stringContaining("ConcurrentSnapshotLimitExceeded"),
    });
    expect(run.record.finished?.leftovers).toEqual([]);
  });

  it("about an instance profile made a moment ago: asked again", async () => {
    await refusing("RunInstances", 3, UNKNOWN_PROFILE);
    const host = step("host", "ec2.launch-host", { availabilityZone: "us-west-2a", instanceProfile: "gameday-host" });
    const run = await rehearsal.run({ recover: [host] });
    expect(stepOf(run, "host").outcome).toBe("passed");
  });

  it("about one that never comes: failed within minutes", async () => {
    await refusing("RunInstances", Infinity, UNKNOWN_PROFILE);
    const host = step("host", "ec2.launch-host", { availabilityZone: "us-west-2a", instanceProfile: "gameday-host" });
    const run = await rehearsal.run({ recover: [host] });
    expect(stepOf(run, "host").failure).toMatchObject({ code: "invalid-request", fixer: "drill author" });
  });
});
