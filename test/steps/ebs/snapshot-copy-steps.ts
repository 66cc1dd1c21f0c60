import type { JsonObject } from "../../../src/engine/resource-kind.ts";
import { step, type RehearsedRun } from "../rehearsal.ts";

/** The steps of a whole drill without Terraform, for tests to run and to break. */
export const MARKER = step("marker", "ebs.write-marker", { volumeTag: { key: "Snapshot", value: "true" } });
export const SNAPSHOT = step("snapshot", "ebs.create-snapshot", { volumeId: "${{ steps.marker.volumeId }}" });
export const COPY = step("copy", "ebs.copy-snapshot", { snapshotId: "${{ steps.snapshot.snapshotId }}" });
export const PREPARE = [MARKER, SNAPSHOT, COPY];

export const VOLUME = step("volume", "ebs.restore-volume", {
  snapshotId: "${{ steps.copy.snapshotId }}",
  availabilityZone: "us-west-2b",
});
export const HOST = step("host", "ec2.launch-host", {
  availabilityZone: "us-west-2b",
  instanceProfile: "gameday-host",
});
export const ATTACH = step("attach", "ebs.attach-volume", {
  volumeId: "${{ steps.volume.volumeId }}",
  instanceId: "${{ steps.host.instanceId }}",
});
export const RECOVER = [VOLUME, HOST, ATTACH];

export const CHECKSUM = step("checksum", "ebs.verify-checksum", {
  volumeId: "${{ steps.volume.volumeId }}",
  instanceId: "${{ steps.host.instanceId }}",
  expect: "${{ steps.marker.manifest }}",
});
export const BLOCKS = step("blocks", "ebs.verify-blocks", {
  sourceSnapshotId: "${{ steps.snapshot.snapshotId }}",
  snapshotId: "${{ steps.copy.snapshotId }}",
});
export const VERIFY = [CHECKSUM, BLOCKS];

export function outputsOf(run: RehearsedRun, id: string): JsonObject {
  const found = run.record.steps.find(({ step: name }) => name === id);
  if (!found) throw new Error(`no step ${id} has begun`);
  return found.outputs;
}

export function stepOf(run: RehearsedRun, id: string) {
  const found = run.record.steps.find(({ step: name }) => name === id);
  if (!found) throw new Error(`no step ${id} has begun`);
  return found;
}
