import type { SnapshotMaker, SnapshotSettled } from "../dlm/snapshot-maker.ts";
import { copySnapshot } from "./copy-life.ts";
import type { Ec2 } from "./ec2.ts";
import type { Resource } from "./model.ts";
import { createSnapshot, deleteSnapshot } from "./snapshot-life.ts";

/** What EC2 does for Data Lifecycle Manager: the same as for anybody, on behalf of the policy's role. */
export function snapshotMaker(ec2: Ec2): SnapshotMaker {
  return {
    volumes: (region) =>
      [...ec2.region(region).volumes]
        .filter(({ state }) => state !== "deleting")
        .map((volume) => ({ volumeId: volume.id, tags: tagsOf(volume) })),
    tagsOf: (region, snapshotId) => {
      const snapshot = ec2.region(region).snapshots.find(snapshotId);
      return snapshot && tagsOf(snapshot);
    },
    createSnapshot: async ({ region: name, volumeId, description, tags, requestedBy, now }) => {
      const region = ec2.region(name);
      const volume = region.volumes.get(volumeId);
      const asked = { description, tags: new Map(Object.entries(tags)), principalArn: requestedBy, now };
      return (await createSnapshot(ec2, { region, volume, ...asked })).id;
    },
    copySnapshot: async (request) =>
      copySnapshot(ec2, {
        region: ec2.region(request.toRegion),
        source: { region: ec2.region(request.fromRegion), snapshotId: request.snapshotId },
        description: request.description,
        // The rule says `false` for "as the source is".
        encrypted: request.encrypted || undefined,
        kmsKeyId: request.kmsKeyId,
        completionMinutes: undefined,
        tags: new Map(Object.entries(request.tags)),
        principalArn: request.requestedBy,
        now: request.now,
      }).id,
    onSettled: (region, snapshotId, settled) => {
      const snapshot = ec2.region(region).snapshots.get(snapshotId);
      const tell = (at: number) => settled({ state: snapshot.state as SnapshotSettled["state"], at });
      if (snapshot.state === "pending") snapshot.awaiting.push(tell);
      else void tell(snapshot.completedAt ?? ec2.world.clock.now());
    },
    deleteSnapshot: async ({ region: name, snapshotId, now }) => {
      const region = ec2.region(name);
      const snapshot = region.snapshots.find(snapshotId);
      if (snapshot) deleteSnapshot(ec2, region, snapshot, now);
    },
  };
}

function tagsOf({ tags }: Resource): Record<string, string> {
  return Object.fromEntries(tags);
}
