import type { DescribeSnapshotsRequest } from "@aws-sdk/client-ec2";
import type { RequestContext } from "../../service.ts";
import { copySnapshot } from "./copy-life.ts";
import type { Ec2 } from "./ec2.ts";
import { matcher } from "./filters.ts";
import { required, type Ec2Handlers } from "./handlers.ts";
import type { Snapshot } from "./model.ts";
import { page, refuseIdsWithPages } from "./pages.ts";
import { createSnapshot, deleteSnapshot } from "./snapshot-life.ts";
import { describedSnapshot, snapshotFilters } from "./snapshot-shape.ts";
import { checkTaggable, tagList, tagsFor } from "./tags.ts";

export function snapshotHandlers(ec2: Ec2): Ec2Handlers {
  return {
    CreateSnapshot: async (input, at) => {
      const region = ec2.region(at.region);
      checkTaggable(input.TagSpecifications, ["snapshot"]);
      const snapshot = await createSnapshot(ec2, {
        region,
        volume: region.volumes.get(required(input.VolumeId, "volumeId")),
        description: input.Description ?? "",
        tags: tagsFor(input.TagSpecifications, "snapshot"),
        principalArn: at.principalArn,
        now: at.now,
      });
      // Only Describe reports messages and completion.
      const { FullSnapshotSizeInBytes: _size, ...begun } = describedSnapshot({ snapshot, ...at });
      return { ...begun, Progress: "" };
    },
    CopySnapshot: (input, at) => {
      checkTaggable(input.TagSpecifications, ["snapshot"]);
      const snapshot = copySnapshot(ec2, {
        region: ec2.region(at.region),
        source: {
          region: ec2.region(required(input.SourceRegion, "SourceRegion")),
          snapshotId: required(input.SourceSnapshotId, "SourceSnapshotId"),
        },
        description: input.Description ?? "",
        encrypted: input.Encrypted,
        kmsKeyId: input.KmsKeyId,
        completionMinutes: input.CompletionDurationMinutes,
        tags: tagsFor(input.TagSpecifications, "snapshot"),
        principalArn: at.principalArn,
        now: at.now,
      });
      return { SnapshotId: snapshot.id, Tags: tagList(snapshot) };
    },
    DeleteSnapshot: ({ SnapshotId }, at) => {
      const region = ec2.region(at.region);
      deleteSnapshot(ec2, region, region.snapshots.get(required(SnapshotId, "snapshotId")), at.now);
      return {};
    },
    DescribeSnapshots: (input, at) => {
      const { items, NextToken } = selected(ec2, input, at);
      return { Snapshots: items.map((snapshot) => describedSnapshot({ snapshot, ...at })), NextToken };
    },
    DescribeSnapshotAttribute: ({ SnapshotId }, at) => ({
      SnapshotId: ec2.region(at.region).snapshots.get(required(SnapshotId, "snapshotId")).id,
      CreateVolumePermissions: [],
      ProductCodes: [],
    }),
    ModifySnapshotAttribute: ({ SnapshotId }, at) => {
      ec2.region(at.region).snapshots.get(required(SnapshotId, "snapshotId"));
      return {};
    },
    DescribeSnapshotTierStatus: () => ({ SnapshotTierStatuses: [] }),
    DescribeLockedSnapshots: () => ({ Snapshots: [] }),
    DescribeFastSnapshotRestores: () => ({ FastSnapshotRestores: [] }),
    ListSnapshotsInRecycleBin: () => ({ Snapshots: [] }),
  };
}

function selected(ec2: Ec2, input: DescribeSnapshotsRequest, at: RequestContext) {
  const { snapshots } = ec2.region(at.region);
  refuseIdsWithPages(input.SnapshotIds, input, "snapshotSet");
  const filtered = matcher(input.Filters, snapshotFilters(at.account, at.now));
  const mine = isMine(input.OwnerIds, at.account);
  const matches = (snapshot: Snapshot) => mine && filtered(snapshot);
  if (!input.SnapshotIds?.length) return page(snapshots, matches, input);
  return { items: snapshots.getAll(input.SnapshotIds).filter(matches), NextToken: undefined };
}

/** All snapshots of the sandbox belong to its one account. */
function isMine(owners: readonly string[] | undefined, account: string): boolean {
  return !owners?.length || owners.some((owner) => owner === "self" || owner === account);
}
